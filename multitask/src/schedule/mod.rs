//! Samplers: which tasks a step visits (任务分配与调度).
