-- A retired category is no parent: rows of its parts count with the category that took its own, or for themselves. The
-- name stays with the parts, so that a decision which is undone has them back.

CREATE OR REPLACE VIEW category_parent AS
SELECT c.id, c.profile, c.name, c.route, p.route AS said_route, NULLIF(
    CASE WHEN p.status <> 'retired' THEN p.name WHEN t.status = 'active' THEN COALESCE(above.name, t.name) END, c.name
) AS parent
FROM customer_feedback_category c
LEFT JOIN customer_feedback_category p ON p.profile = c.profile AND p.name = c.parent
LEFT JOIN customer_feedback_category m ON m.id = p.merged_into
LEFT JOIN customer_feedback_category t ON t.id = COALESCE(m.merged_into, m.id)
LEFT JOIN customer_feedback_category above
    ON above.profile = t.profile AND above.name = t.parent AND above.status <> 'retired';

-- As before; a part keeps the team of a parent that was retired and has no successor.
CREATE OR REPLACE VIEW category_team AS
SELECT c.profile, c.name AS category, COALESCE(c.route, IF(parent.id IS NULL, c.said_route, parent.route)) AS team
FROM category_parent c
LEFT JOIN customer_feedback_category parent ON parent.profile = c.profile AND parent.name = c.parent
WHERE COALESCE(c.route, IF(parent.id IS NULL, c.said_route, parent.route)) IS NOT NULL;

-- As before, with the parent that counts.
CREATE OR REPLACE VIEW feedback_mentions AS
SELECT f.id AS feedback_id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date,
    f.create_month, 1 AS position, COALESCE(f.label_final, 'unknown') AS category,
    COALESCE(c.parent, f.label_final, 'unknown') AS parent, f.sentiment, a.evidence
FROM customer_feedback f LEFT JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position = 1
LEFT JOIN category_parent c ON c.profile = f.profile AND c.name = f.label_final
WHERE f.status IN ('labelled', 'unknown')
UNION ALL
SELECT f.id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date, f.create_month,
    a.position, COALESCE(t.name, 'unknown'), COALESCE(n.parent, t.name, 'unknown'), a.sentiment, a.evidence
FROM customer_feedback f JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position > 1
LEFT JOIN customer_feedback_category c ON c.id = a.category_id
LEFT JOIN customer_feedback_category m ON m.id = c.merged_into
LEFT JOIN customer_feedback_category t ON t.id = COALESCE(m.merged_into, m.id, c.id) AND t.status = 'active'
LEFT JOIN category_parent n ON n.id = t.id
WHERE f.status IN ('labelled', 'unknown')
    AND (t.id IS NOT NULL OR a.category_id IS NULL OR a.category = 'unknown')
    AND COALESCE(t.name, 'unknown') <> COALESCE(f.label_final, 'unknown');
