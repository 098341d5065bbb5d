#!/usr/bin/env python3
"""Submits one operation to RIQ over RabbitMQ without MassTransit: plain JSON with the fields of the REST interface."""
import base64, json, os, urllib.parse, urllib.request, uuid

url = urllib.parse.urlsplit(os.environ.get("RABBITMQ_UI", "http://guest:guest@127.0.0.1:15672"))
vhost = urllib.parse.quote(os.environ.get("RABBITMQ_VHOST", "/"), safe="")
submission = {"operation": os.environ.get("OPERATION", "jira.get_task"), "payload": json.loads(os.environ.get("PAYLOAD", '{"task_id": "MD-1"}')), "priority": "high"}
message = {"routing_key": "riq.submit", "payload": json.dumps(submission), "payload_encoding": "string",
           "properties": {"message_id": str(uuid.uuid4()), "content_type": "application/json", "delivery_mode": 2}}
request = urllib.request.Request(f"{url.scheme}://{url.hostname}:{url.port}/api/exchanges/{vhost}/amq.default/publish",
                                 json.dumps(message).encode(), {"Content-Type": "application/json"})
request.add_header("Authorization", "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode())
routed = json.load(urllib.request.urlopen(request))["routed"]
print("sent" if routed else "there is no queue riq.submit: has RIQ ever run here?")
raise SystemExit(0 if routed else 1)
