// Where a client's agency wants to be told.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

JsonObject hook_in(const Webhook& hook) {
  JsonArray events;
  for (const std::string& event : hook.events) events.emplace_back(event);
  return {{"id", to_string(hook.id)}, {"url", hook.url}, {"events", std::move(events)}};
}

Result<net::Response> add(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string url = body.text("url", 2000);
  const auto events = body.texts("events");
  MINBEN_CHECK(call.sound(body));
  MINBEN_TRY(made, call.parts.webhooks.add(call.client.agency, url, events));
  JsonObject json = hook_in(made.first);
  json["secret"] = made.second;
  return created(json, fmt::format("{}/webhooks/{}", base, to_string(made.first.id)));
}

Result<net::Response> list(Call& call) {
  MINBEN_TRY(hooks, call.parts.webhooks.list(call.client.agency));
  JsonArray items;
  for (const Webhook& hook : hooks) items.push_back(hook_in(hook));
  return net::Response::json(list_of("webhooks", std::move(items)));
}

Result<net::Response> remove(Call& call) {
  const auto id = WebhookId::parse(call.request.parameter("webhook"));
  if (!id) return fail(Kind::not_found, "no_such_webhook", "not an id");
  MINBEN_CHECK(call.parts.webhooks.remove(call.client.agency, *id));
  return no_content();
}

}  // namespace

std::vector<Endpoint> hook_endpoints() {
  using net::Method;
  return {
      {Method::post,
       "/webhooks",
       "addWebhook",
       Scope::operate,
       "Tells an address of yours what happens to instances; signed as Standard Webhooks says. The "
       "secret is told this once",
       "NewWebhook",
       "WebhookWithSecret",
       201,
       {},
       add},
      {Method::get,
       "/webhooks",
       "listWebhooks",
       Scope::read,
       "Your webhooks",
       "",
       "Webhooks",
       200,
       {},
       list},
      {Method::del,
       "/webhooks/{webhook}",
       "removeWebhook",
       Scope::operate,
       "Tells it no more",
       "",
       "",
       204,
       {},
       remove},
  };
}

}  // namespace minben::api
