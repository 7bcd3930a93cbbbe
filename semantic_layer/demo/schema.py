"""The tables of the sample company, in the order they are written."""

from __future__ import annotations

from typing import Final

DDL: Final[dict[str, str]] = {
    "dataset_info": "key VARCHAR, value VARCHAR",
    "org": "person_id VARCHAR, name VARCHAR, role VARCHAR, team_id VARCHAR, team VARCHAR, "
    "region VARCHAR, business_unit VARCHAR, manager_id VARCHAR",
    "accounts": "account_id VARCHAR, name VARCHAR, industry VARCHAR, province VARCHAR, "
    "region VARCHAR, size_band VARCHAR, is_target BOOLEAN, business_unit VARCHAR, "
    "owner_id VARCHAR, created_on DATE, first_login_on DATE",
    "contacts": "contact_id VARCHAR, account_id VARCHAR, name VARCHAR, title VARCHAR, "
    "phone VARCHAR, email VARCHAR, wechat_unionid VARCHAR, visitor_id VARCHAR, "
    "source_system VARCHAR, created_at TIMESTAMP",
    "identities": "contact_id VARCHAR, person_id VARCHAR, rule VARCHAR",
    "campaigns": "campaign_id VARCHAR, name VARCHAR, campaign_type VARCHAR, channel VARCHAR, "
    "region VARCHAR, topic VARCHAR, start_on DATE, end_on DATE, budget DECIMAL(18,2), "
    "is_brand BOOLEAN",
    "campaign_costs": "campaign_id VARCHAR, cost_on DATE, cost_type VARCHAR, amount DECIMAL(18,2)",
    "campaign_members": "member_id VARCHAR, campaign_id VARCHAR, contact_id VARCHAR, "
    "account_id VARCHAR, invited_at TIMESTAMP, registered_at TIMESTAMP, attended_at TIMESTAMP",
    "ad_stats": "stat_on DATE, platform VARCHAR, ad_account VARCHAR, ad_plan VARCHAR, "
    "keyword VARCHAR, campaign_id VARCHAR, impressions BIGINT, clicks BIGINT, cost DECIMAL(18,2)",
    "contents": "content_id VARCHAR, title VARCHAR, content_type VARCHAR, topic VARCHAR, "
    "published_on DATE",
    "touchpoints": "touch_id BIGINT, touched_at TIMESTAMP, contact_id VARCHAR, "
    "account_id VARCHAR, channel VARCHAR, campaign_id VARCHAR, content_id VARCHAR, kind VARCHAR, "
    "is_marketing BOOLEAN, utm_source VARCHAR, utm_medium VARCHAR, utm_campaign VARCHAR, "
    "utm_term VARCHAR, utm_content VARCHAR",
    "web_sessions": "session_id BIGINT, visitor_id VARCHAR, started_at TIMESTAMP, "
    "channel VARCHAR, landing_page VARCHAR, page_views INTEGER, duration_s INTEGER",
    "email_sends": "send_id VARCHAR, campaign_id VARCHAR, contact_id VARCHAR, "
    "sent_at TIMESTAMP, opened_at TIMESTAMP, clicked_at TIMESTAMP",
    "social_follows": "follow_id VARCHAR, kind VARCHAR, contact_id VARCHAR, "
    "followed_at TIMESTAMP, unfollowed_at TIMESTAMP",
    "leads": "lead_id VARCHAR, contact_id VARCHAR, account_id VARCHAR, channel VARCHAR, "
    "campaign_id VARCHAR, content_id VARCHAR, keyword VARCHAR, ad_plan VARCHAR, region VARCHAR, "
    "province VARCHAR, industry VARCHAR, size_band VARCHAR, created_at TIMESTAMP, "
    "assigned_at TIMESTAMP, first_followup_at TIMESTAMP, mql_at TIMESTAMP, sql_at TIMESTAMP, "
    "disqualified_at TIMESTAMP, disqualify_reason VARCHAR, duplicate_of VARCHAR, "
    "owner_id VARCHAR, sdr_id VARCHAR, sdr_touched_at TIMESTAMP, sdr_cleaned_at TIMESTAMP, "
    "score INTEGER, referrer_id VARCHAR",
    "opportunities": "opportunity_id VARCHAR, account_id VARCHAR, lead_id VARCHAR, "
    "name VARCHAR, product VARCHAR, amount DECIMAL(18,2), stage VARCHAR, created_on DATE, "
    "closed_on DATE, is_won BOOLEAN, owner_id VARCHAR, channel VARCHAR, campaign_id VARCHAR, "
    "region VARCHAR, industry VARCHAR",
    "opportunity_stages": "opportunity_id VARCHAR, stage VARCHAR, stage_order INTEGER, "
    "entered_at TIMESTAMP, left_at TIMESTAMP",
    "quotes": "quote_id VARCHAR, opportunity_id VARCHAR, quoted_on DATE, amount DECIMAL(18,2), "
    "discount DECIMAL(18,2)",
    "orders": "order_id VARCHAR, opportunity_id VARCHAR, account_id VARCHAR, lead_id VARCHAR, "
    "order_kind VARCHAR, product VARCHAR, amount DECIMAL(18,2), signed_on DATE, "
    "cancelled_on DATE, owner_id VARCHAR, channel VARCHAR, campaign_id VARCHAR, region VARCHAR, "
    "industry VARCHAR",
    "payments": "payment_id VARCHAR, order_id VARCHAR, account_id VARCHAR, paid_on DATE, "
    "amount DECIMAL(18,2), kind VARCHAR",
    "followups": "followup_id VARCHAR, lead_id VARCHAR, account_id VARCHAR, owner_id VARCHAR, "
    "followed_at TIMESTAMP, method VARCHAR, note VARCHAR",
    "product_usage": "account_id VARCHAR, used_on DATE, product VARCHAR, logins INTEGER, "
    "minutes INTEGER",
    "tickets": "ticket_id VARCHAR, account_id VARCHAR, opened_at TIMESTAMP, "
    "closed_at TIMESTAMP, kind VARCHAR, rating INTEGER, nps INTEGER",
    "experiments": "exposure_id VARCHAR, experiment VARCHAR, variant VARCHAR, "
    "contact_id VARCHAR, exposed_at TIMESTAMP, converted_at TIMESTAMP",
    "employee_shares": "share_id VARCHAR, employee_id VARCHAR, employee_name VARCHAR, "
    "department VARCHAR, content_id VARCHAR, shared_at TIMESTAMP, views INTEGER",
}
