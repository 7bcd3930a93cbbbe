"""Attribution as rows: which conversion credits which touch with how much, under which model."""
