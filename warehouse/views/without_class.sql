-- without_class(name): a folded name without a word for a class of drugs at its end, and without the anti
-- in front of a target: what may be the target of EGFR抑制剂, GLP-1 receptor agonists, EGFR-TKI, anti-PD-1.
-- Example: SELECT without_class('egfr抑制剂') AS target, without_class('anti-pd-1 antibody') AS another;
CREATE MACRO without_class(name) AS regexp_replace(regexp_replace(name,
    '[ -]*(inhibitors?|antagonists?|agonists?|blockers?|modulators?|(monoclonal )?antibod(y|ies)|tkis?|mabs?|car[- ]t|抑制剂|拮抗剂|激动剂|阻滞剂|单克隆抗体|モノクローナル抗体|单抗|抗体|阻害薬|阻害剤|拮抗薬|作動薬|遮断薬)$', ''),
    '^(anti[- ]?|抗)', '');
