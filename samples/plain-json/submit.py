#!/usr/bin/env python3
"""Submits one operation to RIQ over RabbitMQ without MassTransit, as plain JSON with the fields of the REST interface, and prints RIQ's answer.
It goes through RabbitMQ's management interface, so that Python alone is enough; with an AMQP library it is one basic_publish and one basic_get."""
import base64, json, os, time, urllib.parse, urllib.request, uuid

url = urllib.parse.urlsplit(os.environ.get("RABBITMQ_UI", "http://guest:guest@127.0.0.1:15672"))
vhost = urllib.parse.quote(os.environ.get("RABBITMQ_VHOST", "/"), safe="")

def call(method, path, body):
    request = urllib.request.Request(f"{url.scheme}://{url.hostname}:{url.port}/api/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode())
    return json.loads(urllib.request.urlopen(request).read() or "null")

submission = {"operation": os.environ.get("OPERATION", "jira.get_task"), "payload": json.loads(os.environ.get("PAYLOAD", '{"task_id": "MD-1"}')), "priority": "high"}
key, answers = str(uuid.uuid4()), f"answers-{uuid.uuid4()}"
call("PUT", f"queues/{vhost}/{answers}", {"durable": True, "arguments": {"x-expires": 60_000}})   # goes by itself when nobody asks for a minute
sent = call("POST", f"exchanges/{vhost}/amq.default/publish", {"routing_key": "riq.submit", "payload": json.dumps(submission), "payload_encoding": "string",
            "properties": {"message_id": key, "reply_to": answers, "correlation_id": key, "content_type": "application/json", "delivery_mode": 2}})
if not sent["routed"]: raise SystemExit("there is no queue riq.submit: has RIQ ever run here?")
for _ in range(150):
    for answer in call("POST", f"queues/{vhost}/{answers}/get", {"count": 1, "ackmode": "ack_requeue_false", "encoding": "auto"}):
        print(answer["payload"])   # {"token": "req_…", "status": "queued", …}, or {"status": 400, "title": …, "detail": …, "errors": …}
        raise SystemExit(0 if answer["properties"]["type"] == "RequestAccepted" else 2)
    time.sleep(0.2)
raise SystemExit("sent, but not answered yet: the same message_id, sent again, makes no second request")
