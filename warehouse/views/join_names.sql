-- join_names(names): the names of a generic or a combination as one text: of a name and the same name
-- with its salt (奥希替尼, 甲磺酸奥希替尼) only the first, joined with ' / '. NULL where there is none.
-- Example: SELECT join_names(['二甲双胍', '盐酸二甲双胍', '达格列净']) AS name;
CREATE MACRO join_names(names) AS nullif(array_to_string(
    list_filter(CAST(names AS VARCHAR[]), lambda n: len(list_filter(CAST(names AS VARCHAR[]), lambda o: o <> n AND contains(n, o))) = 0), ' / '), '');
