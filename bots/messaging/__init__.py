"""What Slack and WeCom share: who asks, who listens, what was answered."""
