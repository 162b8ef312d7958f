-- What the model answered about e-mails and product pages, in columns of their own.

-- The team that a category's records go to, by the profile as it is now; that of its parent if it has none itself.
CREATE OR REPLACE VIEW category_team AS
SELECT p.profile, c.name COLLATE utf8mb4_unicode_ci AS category,
    COALESCE(c.route, parent.route) COLLATE utf8mb4_unicode_ci AS team
FROM taxonomy t JOIN profile p ON p.profile = t.profile AND p.version = t.profile_version
JOIN JSON_TABLE(p.document, '$.categories[*]' COLUMNS (
    name VARCHAR(200) PATH '$.name', parent VARCHAR(200) PATH '$.parent', route VARCHAR(100) PATH '$.route'
)) AS c
LEFT JOIN JSON_TABLE(p.document, '$.categories[*]' COLUMNS (
    name VARCHAR(200) PATH '$.name', route VARCHAR(100) PATH '$.route'
)) AS parent ON parent.name = c.parent
WHERE COALESCE(c.route, parent.route) IS NOT NULL;

CREATE OR REPLACE VIEW email_routed AS
SELECT f.id, f.record_id, f.execution_id, f.profile, f.ref_id, f.title AS subject, f.feedback AS body, f.create_date,
    f.label_final AS category, r.team, JSON_VALUE(f.attributes, '$.priority') AS priority,
    JSON_VALUE(f.attributes, '$.language') AS language, f.sentiment, f.status
FROM feedback_latest f LEFT JOIN category_team r ON r.profile = f.profile AND r.category = f.label_final
WHERE f.profile IN (SELECT profile FROM category_team);

-- Profiles that declare a price: what is known of each page, and where the price was found.
CREATE OR REPLACE VIEW product_page AS
SELECT f.id, f.record_id, f.execution_id, f.profile, f.ref_id AS url, f.label_final AS category,
    JSON_VALUE(f.attributes, '$.title') AS title, JSON_VALUE(f.attributes, '$.brand') AS brand,
    CAST(JSON_VALUE(f.attributes, '$.price.amount') AS DECIMAL(18,4)) AS price,
    CAST(JSON_VALUE(f.attributes, '$.price_to.amount') AS DECIMAL(18,4)) AS price_to,
    CAST(JSON_VALUE(f.attributes, '$.list_price.amount') AS DECIMAL(18,4)) AS list_price,
    COALESCE(JSON_VALUE(f.attributes, '$.price.currency'), JSON_VALUE(f.attributes, '$.currency')) AS currency,
    JSON_VALUE(f.attributes, '$.availability') AS availability, JSON_VALUE(f.attributes, '$.sku') AS sku,
    JSON_VALUE(f.attributes, '$.gtin') AS gtin, JSON_VALUE(f.attributes, '$.description') AS description,
    JSON_VALUE(f.attribute_sources, '$.price') AS price_source, f.status, f.created_time
FROM feedback_latest f
WHERE f.profile IN (
    SELECT t.profile FROM taxonomy t JOIN profile p ON p.profile = t.profile AND p.version = t.profile_version
    WHERE JSON_SEARCH(p.document, 'one', 'price', NULL, '$.attributes[*].name') IS NOT NULL
);
