-- GitHub's ids by which vendors name a vulnerability beside its CVE (Server/Feeds): each is found by them too.
INSERT OR IGNORE INTO advisory_cves (cve, feed, key)
SELECT named.value, r.feed, r.key FROM advisory_records r, json_each(r.body, '$.Aliases') AS named
WHERE r.kind = 'advisory' AND r.body IS NOT NULL AND instr(r.body, '"GHSA-') > 0 AND named.value LIKE 'GHSA-%';
