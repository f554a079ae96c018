// Messages and signals from outside.
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

Result<net::Response> message(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string name = body.text("name");
  const std::string key = body.optional_text("key");
  const JsonObject variables = body.object("variables");
  MINBEN_CHECK(call.sound(body));
  MINBEN_TRY(heard, call.transact([&](store::Transaction& tx) {
    return call.parts.processes.correlate(tx, name, key, variables, call.actor(),
                                          call.client.agency.value);
  }));
  return net::Response::json(JsonObject{{"instance", to_string(heard)}});
}

Result<net::Response> signal(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string name = body.text("name");
  const JsonObject variables = body.object("variables");
  MINBEN_CHECK(call.sound(body));
  MINBEN_TRY(count, call.transact([&](store::Transaction& tx) {
    return call.parts.processes.signal(tx, name, variables, call.actor(), call.client.agency.value);
  }));
  return net::Response::json(JsonObject{{"receivers", count}});
}

}  // namespace

std::vector<Endpoint> event_endpoints() {
  using net::Method;
  return {
      {Method::post,
       "/messages",
       "sendMessage",
       Scope::work,
       "To the one instance that waits for it, or to a message start event",
       "Message",
       "MessageHeard",
       200,
       {},
       message},
      {Method::post,
       "/signals",
       "sendSignal",
       Scope::work,
       "To all that wait for it",
       "Signal",
       "SignalHeard",
       200,
       {},
       signal},
  };
}

}  // namespace minben::api
