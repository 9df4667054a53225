-- link_words(link_kind, link_name, linked_to): what links a record to another (R29), in words.
-- Example: SELECT link_words('group', 'AstraZeneca', 'us_orange_book:N-208065-001') AS words;
CREATE MACRO link_words(link_kind, link_name, linked_to) AS
CASE link_kind
    WHEN 'first' THEN 'first record of the drug'
    WHEN 'group' THEN 'same corporate group ' || coalesce(link_name, '?') || ' as ' || coalesce(linked_to, '?')
    WHEN 'company' THEN 'same company ' || coalesce(link_name, '?') || ' as ' || coalesce(linked_to, '?')
    WHEN 'same_product' THEN 'same product number ' || coalesce(link_name, '?') || ' as ' || coalesce(linked_to, '?')
    WHEN 'decision' THEN 'curated decision ' || coalesce(link_name, '?') || ' with ' || coalesce(linked_to, '?')
    ELSE link_kind
END;
