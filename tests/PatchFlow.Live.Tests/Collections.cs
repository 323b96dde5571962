// Hosts and replicas are mostly waited for: two processors have work for three collections.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
