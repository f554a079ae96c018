// Webhooks of programs with a key: registered, looked at, resumed, removed; and stopped by whoever
// gets them.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "streams.hpp"

namespace minben::interop {

using streams::Hook;
using streams::HookId;
using streams::HookOwner;

namespace {

constexpr std::size_t largest_call = 16u << 10;

Json hook_json(const Hook& hook) {
  const auto when = [](const std::optional<Instant>& at) {
    return at ? Json(to_string(*at)) : Json();
  };
  return JsonObject{{"id", to_string(hook.id)},
                    {"stream", to_string(hook.stream)},
                    {"url", hook.url},
                    {"key", hook.key},
                    {"state", hook.active ? "active" : "disabled"},
                    {"cursor", hook.cursor},
                    {"made_at", to_string(hook.made_at)},
                    {"delivered_at", when(hook.delivered_at)},
                    {"failures", hook.failures},
                    {"failing_since", when(hook.failing_since)},
                    {"last_error", hook.last_error}};
}

Result<HookOwner> owner_of(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(key, key_of(parts, request));
  return HookOwner{{}, key.id};
}

Result<HookId> hook_id(const net::Request& request) {
  const auto id = HookId::parse(request.parameter("hook"));
  if (!id) return fail(Kind::not_found, "no_such_hook", "there is no such webhook");
  return *id;
}

Result<net::Response> add(const Parts& parts, net::Request& request) {
  MINBEN_TRY(owner, owner_of(parts, request));
  MINBEN_TRY(id, stream_id(request));
  MINBEN_CHECK(parts.live->streams().readable(id));
  MINBEN_TRY(body, parse_json(request.body));
  streams::NewHook wanted{id, owner, string_or(body, "url"), string_or(body, "key"), {}};
  if (find(body, "after") != nullptr) {
    MINBEN_TRY(after, get_integer(body, "after"));
    wanted.after = after;
  }
  MINBEN_TRY(made, parts.live->hooks().add(wanted));
  Json answer = hook_json(made.first);
  answer.as_object()["secret"] = made.second;
  auto response = net::Response::json(answer, 201);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Result<net::Response> list(const Parts& parts, net::Request& request) {
  MINBEN_TRY(owner, owner_of(parts, request));
  MINBEN_TRY(all, parts.live->hooks().list(owner));
  JsonArray out;
  for (const Hook& each : all) out.push_back(hook_json(each));
  return net::Response::json(JsonObject{{"hooks", std::move(out)}});
}

Result<net::Response> show(const Parts& parts, net::Request& request) {
  MINBEN_TRY(owner, owner_of(parts, request));
  MINBEN_TRY(id, hook_id(request));
  MINBEN_TRY(hook, parts.live->hooks().find(owner, id));
  return net::Response::json(hook_json(hook));
}

net::Response nothing() {
  net::Response response;
  response.status = 204;
  return response;
}

Result<net::Response> remove(const Parts& parts, net::Request& request) {
  MINBEN_TRY(id, hook_id(request));
  if (request.query.has("stop")) {
    MINBEN_CHECK(parts.live->hooks().stop_by_token(id, request.query.get("stop")));
    return nothing();
  }
  MINBEN_TRY(owner, owner_of(parts, request));
  MINBEN_CHECK(parts.live->hooks().remove(owner, id));
  return nothing();
}

/// Of the address in each message: opening it stops nothing, since programs follow links.
Result<net::Response> stop(const Parts& parts, net::Request& request) {
  MINBEN_TRY(id, hook_id(request));
  MINBEN_CHECK(parts.live->hooks().stop_by_token(id, request.query.get("stop")));
  return nothing();
}

Result<net::Response> resume(const Parts& parts, net::Request& request) {
  MINBEN_TRY(owner, owner_of(parts, request));
  MINBEN_TRY(id, hook_id(request));
  MINBEN_CHECK(parts.live->hooks().resume(owner, id));
  return nothing();
}

}  // namespace

void add_stream_hooks(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  const auto with = [&](net::Method method, std::string pattern, StreamCall call) {
    add_stream_call(routes, parts, access, method, std::move(pattern), largest_call, call);
  };
  with(net::Method::post, "/api/streams/{id}/hooks", add);
  with(net::Method::get, "/api/streams/hooks", list);
  with(net::Method::get, "/api/streams/hooks/{hook}", show);
  with(net::Method::del, "/api/streams/hooks/{hook}", remove);
  with(net::Method::post, "/api/streams/hooks/{hook}", stop);
  with(net::Method::post, "/api/streams/hooks/{hook}/resume", resume);
}

}  // namespace minben::interop
