-- drug_id_now(drug_id): the id that stands for one today, in any case: the same where a drug has it, else
-- that of the drug which it was merged into, of several the one with most of its records (R32). NULL where
-- there is none.
-- Example: SELECT drug_id_now('d7') AS same, drug_id_now('D0') AS heir;
CREATE MACRO drug_id_now(wanted_drug_id) AS (
    WITH RECURSIVE successor AS (
        SELECT drug_id, arg_max(other_id, (seen_at, records, other_id)) AS other_id
        FROM drug_id_history WHERE event = 'merged_into' GROUP BY drug_id
    ), followed(id, steps) AS (
        SELECT upper(trim(wanted_drug_id)), 0
        UNION
        SELECT s.other_id, f.steps + 1
        FROM followed f JOIN successor s ON s.drug_id = f.id
        WHERE f.steps < 100 AND f.id NOT IN (SELECT drug_id FROM drug)
    )
    SELECT d.drug_id FROM followed f JOIN drug d ON d.drug_id = f.id ORDER BY f.steps LIMIT 1
);
