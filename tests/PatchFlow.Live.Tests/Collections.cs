// Hosts and replicas are mostly waited for: two processors have work for three collections.
[assembly: Xunit.v3.Parallelization(MaxThreads = 3)]
