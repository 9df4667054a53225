-- fold_term(text): the text as search compares it: lower case, full-width letters and half-width
-- kana brought to their usual width, accents removed (marks of kana are kept: they tell ガ from カ),
-- signs of trade marks left out, spaces collapsed. The terms of the index were folded with all of NFKC; this macro knows width,
-- dashes and quotes only, so a query that holds ㈱, Ⅱ or ﬁ finds less here than through `regatta search`.
-- Example: SELECT fold_term('  Ｎévirapine　ＸＲ ') AS folded;
CREATE MACRO fold_term(text) AS trim(regexp_replace(nfc_normalize(array_to_string(list_transform(
    string_split(translate(lower(text),
        '　‐‑‒–—−‘’“”！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～®™℠©',
        ' ------''''""!"#$%&''()*+,-./0123456789:;<=>?@[\]^_`abcdefghijklmnopqrstuvwxyz{|}~'), ''),
    lambda c: CASE
        WHEN unicode(c) < 11904 THEN strip_accents(c)
        ELSE translate(c,
            'ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ',
            'ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン' || chr(12441) || chr(12442))
    END
), '')), '\s+', ' ', 'g'));
