"""One review within objects of JSON, as services give it out."""

import json


def lines(*objects: object) -> str:
    return "\n".join(map(json.dumps, objects))


REVIEW = {"text": "Came late", "rating": 2, "createdAt": "2024-03-05T09:15:00Z"}
NESTED: dict[str, str | bytes] = {
    "an object": lines({"id": "7", "review": REVIEW}),
    "App Store Connect": lines(
        {"data": [{"type": "r", "id": "7", "attributes": REVIEW}], "links": {"self": "x"}}
    ),
    "Elasticsearch's hits, one a line": lines({"_id": "7", "_score": 1, "_source": REVIEW}),
    "Elasticsearch's answer": lines(
        {"took": 1, "hits": {"total": {"value": 1}, "hits": [{"_id": "7", "_source": REVIEW}]}}
    ),
    "GraphQL": lines({"data": {"reviews": {"edges": [{"cursor": "a", "node": {"id": "7"} | REVIEW}]}}}),
    "a list within a result": lines(
        {"ok": True, "result": {"page": {"n": 1}, "items": [{"id": "7"} | REVIEW]}}
    ),
    "Kafka's envelope": lines({"schema": {"type": "x"}, "payload": {"after": {"id": "7"} | REVIEW}}),
    "schema.org": lines(
        {
            "@id": "x",
            "id": "7",
            "reviewBody": "Came late",
            "reviewRating": {"@type": "Rating", "ratingValue": "2"},
            "datePublished": "2024-03-05T09:15:00Z",
            "author": {"name": "A", "title": "Dr"},
        }
    ),
    "MongoDB": lines(
        {
            "_id": {"$oid": "7"},
            "text": "Came late",
            "rating": {"$numberInt": "2"},
            "createdAt": {"$date": {"$numberLong": "1709630100000"}},
        }
    ),
    "the App Store's feed": lines(
        {
            "feed": {
                "author": {"name": {"label": "Store"}},
                "entry": [
                    {
                        "id": {"label": "7"},
                        "content": {"label": "Came late", "attributes": {"type": "text"}},
                        "im:rating": {"label": "2"},
                        "date": {"label": "2024-03-05T02:15:00-07:00"},
                    }
                ],
            }
        }
    ),
    "beside an answer": lines({"id": "7", "review": REVIEW, "reply": {"text": "Sorry"}}),
    "with lists in it": lines({"id": "7", "review": {"replies": [{"text": "Sorry"}], **REVIEW}}),
    "Google": lines(
        {
            "reviews": [
                {
                    "id": "7",
                    "starRating": "TWO",
                    "comment": "Came late",
                    "createTime": "2024-03-05T09:15:00Z",
                    "reviewReply": {"comment": "Sorry"},
                }
            ]
        }
    ),
    "DynamoDB's export to S3": lines(
        {
            "Item": {
                "id": {"S": "7"},
                "review": {"S": "Came late"},
                "rating": {"N": "2"},
                "createdAt": {"S": "2024-03-05T09:15:00Z"},
                "tags": {"L": [{"S": "a"}]},
                "shop": {"NULL": True},
            }
        }
    ),
    "DynamoDB's scan": lines(
        {
            "Items": [
                {
                    "id": {"S": "7"},
                    "text": {"S": "Came late"},
                    "rating": {"N": "2"},
                    "date": {"N": "1709630100"},
                    "seen": {"BOOL": True},
                }
            ],
            "Count": 1,
            "ScannedCount": 1,
        }
    ),
    "Firestore": lines(
        {
            "documents": [
                {
                    "name": "projects/p/documents/reviews/7",
                    "fields": {
                        "id": {"stringValue": "7"},
                        "text": {"stringValue": "Came late"},
                        "rating": {"integerValue": "2"},
                        "date": {"timestampValue": "2024-03-05T09:15:00Z"},
                    },
                }
            ]
        }
    ),
    "XML, attributes and all": lines(
        {
            "reviews": {
                "review": [
                    {
                        "id": "7",
                        "text": {"#text": "Came late", "@lang": "en"},
                        "rating": {"#text": "2", "@max": "5"},
                        "date": "2024-03-05T09:15:00Z",
                    }
                ]
            }
        }
    ),
    "an object for a name of texts": lines(
        {"id": "7", "content": {"type": "x", "by": {"name": "A"}}, "reviews": [1], **REVIEW}
    ),
    "a label beside the text": lines({"id": "7", "review": {"label": "negative", **REVIEW}}),
    "some without": lines({"id": "1", "review": None}, {"id": "7", "review": REVIEW}, {"id": "2"}),
}
