"""Joining features to endpoints: who is counted, which sample stands for a patient, and who was lost and why."""
