#include "messaging.hpp"

#include <fmt/format.h>

#include "metrics.hpp"

namespace minben::gateway {

namespace {

constexpr std::string_view room_pattern =  // GovStack's word for whose event types they are
    "/r1/{instance}/{class}/{member}/{subsystem}";
constexpr std::size_t max_body = max_event + (64u << 10);
constexpr int most_waiting = 4;  ///< of the server's workers
constexpr std::size_t most_dead = 1000;

net::Response no_content() {
  net::Response response;
  response.status = 204;
  return response;
}

Result<void> must_be_own(const SubsystemId& client, const SubsystemId& room) {
  if (client != room)
    return fail(Kind::forbidden, "not_the_publisher", "event types belong to their own subsystem");
  return {};
}

JsonObject write_subscription(const Subscription& subscription) {
  JsonObject out{{"id", subscription.id},
                 {"subscriberId", to_json(subscription.subscriber)},
                 {"eventType", subscription.event_type.service},
                 {"delivery", to_string(subscription.delivery)},
                 {"options", {{"TTL", subscription.ttl.count()}, {"FIFO", true}}},
                 {"publisherId", to_json(subscription.event_type.provider)},
                 {"sequence", subscription.cursor},
                 {"missed", subscription.missed}};
  if (subscription.trouble.empty()) return out;
  out["trouble"] = subscription.trouble;
  out["troubleSince"] = minben::to_string(subscription.trouble_since);
  return out;
}

}  // namespace

/// One request of an own information system.
struct Messaging::Call {
  const net::Request& request;
  std::shared_ptr<const View> view;
  Envelope envelope;
  SubsystemId room;
  ServiceId event_type;  ///< where the path names one
  std::string type;      ///< the same as "subsystem/service"
};

Messaging::Messaging(const GatewayConfig& config, const OwnSide& own, const Directory& directory,
                     const Clock& clock, Random& random, Hooks hooks,
                     std::unique_ptr<Outbox> outbox, std::unique_ptr<Inbox> inbox,
                     std::unique_ptr<FileStore> files)
    : config_(config),
      own_(own),
      directory_(directory),
      clock_(clock),
      random_(random),
      hooks_(std::move(hooks)),
      outbox_(std::move(outbox)),
      inbox_(std::move(inbox)),
      files_(std::move(files)),
      uploads_(config, own, directory, clock, random, *files_, *outbox_, hooks_.refusal),
      client_({.timeout_ms = config.register_timeout_ms + milliseconds(5000),
               .max_response_bytes = max_body}),
      fetching_(config, own, clock, *inbox_, *outbox_, *files_, random,
                [this] { uploads_.keep_house(); }) {}

Result<std::unique_ptr<Messaging>> Messaging::open(const GatewayConfig& config, const OwnSide& own,
                                                   const Directory& directory, const Clock& clock,
                                                   Random& random, Hooks hooks) {
  MINBEN_TRY(outbox, Outbox::open(config.state_directory, config.messages, clock, random));
  MINBEN_TRY(inbox, Inbox::open(config.state_directory, config.messages, clock, random));
  MINBEN_TRY(files, FileStore::open(config.state_directory, config, clock, random));
  return std::unique_ptr<Messaging>(new Messaging(config, own, directory, clock, random,
                                                  std::move(hooks), std::move(outbox),
                                                  std::move(inbox), std::move(files)));
}

MessagingFigures Messaging::figures() const {
  const FetchingFigures& fetching = fetching_.figures();
  return {outbox_->figures(), inbox_->figures(), files_->figures().value_or(FileFigures{}),
          fetching.fetched,   fetching.posted,   fetching.pieces,
          fetching.failures};
}

JsonObject Messaging::status() const {
  const MessagingFigures now = figures();
  return {{"published", now.outbox.events},
          {"arrived", now.inbox.waiting},
          {"dead", now.inbox.dead},
          {"subscriptions", now.inbox.subscriptions},
          {"files", now.files.sent + now.files.arrived},
          {"missed", now.inbox.missed},
          {"expired", now.outbox.expired}};
}

// -------------------------------------------------------------------------------------- routes

std::vector<net::Route> Messaging::routes(net::Access systems, net::Access own,
                                          net::Access administrator) {
  using net::Method;
  const auto at = [&](Method method, std::string_view path, std::size_t body, Answer answer) {
    return route(method, path, systems, body, answer);
  };
  const auto plain = [](auto answer) {
    return [answer](net::Request& request) {
      auto made = answer(request);
      return made ? std::move(*made) : net::Response::problem(made.error());
    };
  };
  constexpr std::string_view types = "/api/v1/eventType", type = "/api/v1/eventType/{type}",
                             publish = "/pub/v1/{type}", event = "/pub/v1/{type}/{id}",
                             subs = "/api/v1/subs", sub = "/api/v1/subs/{type}",
                             pull = "/pull/v1/{type}", pulled = "/pull/v1/{type}/{id}";
  std::vector<net::Route> all{
      at(Method::post, types, max_body, &Messaging::create_event_type),
      at(Method::get, types, 0, &Messaging::list_event_types),
      at(Method::get, type, 0, &Messaging::show_event_type),
      at(Method::del, type, 0, &Messaging::delete_event_type),
      at(Method::post, publish, max_body, &Messaging::publish),
      at(Method::get, event, 0, &Messaging::show_event),
      at(Method::del, event, 0, &Messaging::stop_event),
      at(Method::get, subs, 0, &Messaging::list_subscriptions),
      at(Method::post, sub, 4096, &Messaging::subscribe),
      at(Method::get, sub, 0, &Messaging::show_subscription),
      at(Method::patch, sub, 4096, &Messaging::change_subscription),
      at(Method::del, sub, 0, &Messaging::unsubscribe),
      at(Method::get, pull, 0, &Messaging::pull),
      at(Method::del, pulled, 0, &Messaging::confirm),
      {Method::get, "/mailbox/{subsystem}/{service}/{subject}/after/{sequence}", own, 0,
       plain([this](const net::Request& request) { return answer_mailbox(request); })},
      {Method::get, "/dead-letters", administrator, 0,
       plain([this](const net::Request& request) { return dead_letters(request); })},
      {Method::post, "/dead-letters/{subscription}/{id}/retry", administrator, 0,
       plain([this](const net::Request& request) { return treat_dead_letter(request, true); })},
      {Method::del, "/dead-letters/{subscription}/{id}", administrator, 0,
       plain([this](const net::Request& request) { return treat_dead_letter(request, false); })},
  };
  std::ranges::move(uploads_.routes(systems, own), std::back_inserter(all));
  return all;
}

net::Route Messaging::route(net::Method method, std::string_view path, net::Access access,
                            std::size_t max, Answer answer) {
  return {method, std::string(room_pattern).append(path), access, max,
          [this, answer](net::Request& request) {
            const auto made = [&]() -> Result<net::Response> {
              MINBEN_TRY(call, read_call(request));
              return (this->*answer)(call);
            }();
            return made ? *made : hooks_.refusal(request, made.error());
          }};
}

Result<Messaging::Call> Messaging::read_call(const net::Request& request) const {
  MINBEN_TRY(envelope, read_envelope(request.headers));
  auto view = directory_.view();
  if (envelope.client.instance != view->configuration.instance)
    return fail(Kind::unauthorised, "client_not_known", "of another instance");
  MINBEN_CHECK(check_token(config_, envelope.client, envelope.token));
  const auto part = [&](std::string_view name) { return request.parameter(name); };
  MINBEN_TRY(in, SubsystemId::parse(fmt::format("{}/{}/{}/{}", part("instance"), part("class"),
                                                part("member"), part("subsystem"))));
  Call call{request, std::move(view), std::move(envelope), in, {}, {}};
  if (part("type").empty()) return call;
  MINBEN_TRY(type, ServiceId::parse(fmt::format("{}/{}", to_string(in), part("type"))));
  call.type = fmt::format("{}/{}", in.subsystem, type.service);
  call.event_type = std::move(type);
  return call;
}

// --------------------------------------------------------------------------------- publishers

Result<net::Response> Messaging::create_event_type(const Call& call) {
  MINBEN_CHECK(must_be_own(call.envelope.client, call.room));
  MINBEN_TRY(type, read_event_type(call.request.body));
  MINBEN_TRY(service, ServiceId::parse(fmt::format("{}/{}", to_string(call.room), type.name)));
  if (!call.view->access.service(service))
    return fail(Kind::not_found, "unknown_service",
                "an event type is a service: the registry has none of this name", "eventType");
  const std::string name = fmt::format("{}/{}", call.room.subsystem, type.name);
  if (config_.registers.contains(name))
    return fail(Kind::conflict, "service_has_register", "a register answers for it", "eventType");
  MINBEN_CHECK(outbox_->add_type(name, type.schema));
  return net::Response::json(JsonObject{{"eventType", type.name}});
}

Result<net::Response> Messaging::list_event_types(const Call& call) {
  MINBEN_CHECK(must_be_own(call.envelope.client, call.room));
  JsonArray names;
  for (const std::string& name : outbox_->types(call.room.subsystem)) names.emplace_back(name);
  return names.empty() ? no_content() : net::Response::json(names);
}

Result<net::Response> Messaging::show_event_type(const Call& call) {
  MINBEN_CHECK(must_be_own(call.envelope.client, call.room));
  if (!outbox_->has_type(call.type)) return no_content();
  MINBEN_TRY(schema, outbox_->schema(call.type));
  MINBEN_TRY(json, parse_json(schema));
  return net::Response::json(
      JsonObject{{"eventType", call.event_type.service}, {"schema", std::move(json)}});
}

Result<net::Response> Messaging::delete_event_type(const Call& call) {
  MINBEN_CHECK(must_be_own(call.envelope.client, call.room));
  MINBEN_CHECK(outbox_->remove_type(call.type));
  return no_content();
}

// Works without the registry: whether anybody may have it is decided when it is fetched.
Result<net::Response> Messaging::publish(const Call& call) {
  MINBEN_CHECK(must_be_own(call.envelope.client, call.room));
  MINBEN_TRY(event, read_publish_event(call.request.body, call.event_type.service));
  MINBEN_TRY(id, outbox_->publish(call.type, std::move(event), call.envelope.person));
  return net::Response::json(JsonObject{{"id", id}}, 201);
}

Result<net::Response> Messaging::show_event(const Call& call) {
  MINBEN_CHECK(must_be_own(call.envelope.client, call.room));
  MINBEN_TRY(status, outbox_->status(call.type, call.request.parameter("id")));
  const auto list = [](const std::vector<std::string>& names) {
    JsonArray out;
    for (const std::string& name : names) out.emplace_back(name);
    return out;
  };
  JsonObject out{{"id", status.head.id},
                 {"sequence", status.head.sequence},
                 {"at", minben::to_string(status.head.at)},
                 {"publisherId", to_json(call.room)},
                 {"eventType", call.event_type.service},
                 {"state", status.state},
                 {"expiresAt", minben::to_string(status.expires_at)},
                 {"fetchedBy", list(status.fetched_by)},
                 {"missingAt", list(status.missing_at)}};
  if (!status.event.empty()) {
    MINBEN_TRY(event, parse_json(status.event));
    out["event"] = std::move(event);
  }
  return net::Response::json(out);
}

Result<net::Response> Messaging::stop_event(const Call& call) {
  MINBEN_CHECK(must_be_own(call.envelope.client, call.room));
  MINBEN_CHECK(outbox_->stop(call.type, call.request.parameter("id")));
  return no_content();
}

// -------------------------------------------------------------------------------- subscribers

Result<void> Messaging::may_subscribe(const Call& call) const {
  if (!call.view->access.service(call.event_type))
    return fail(Kind::not_found, "unknown_event_type", "no such service",
                to_string(call.event_type));
  if (!call.view->access.has_rule(call.envelope.client, call.event_type))
    return fail(Kind::forbidden, "access_denied", "no rule allows this",
                to_string(call.event_type));
  return {};
}

Result<void> Messaging::settle_delivery(const Call& call, const SubscriptionItem& item,
                                        Subscription& subscription) const {
  const bool can_push = config_.messages.push.contains(call.envelope.client.subsystem);
  if (item.delivery == EventDelivery::push && !can_push)
    return fail(Kind::invalid, "no_push_url",
                "gateway.json says under messages/push where this subsystem takes events",
                "delivery");
  if (item.delivery) subscription.delivery = *item.delivery;
  if (item.ttl) subscription.ttl = *item.ttl;
  return {};
}

Result<net::Response> Messaging::subscribe(const Call& call) {
  MINBEN_CHECK(may_subscribe(call));
  MINBEN_TRY(item, read_subscription_item(call.request.body, call.event_type.service));
  const bool can_push = config_.messages.push.contains(call.envelope.client.subsystem);
  Subscription wanted;
  wanted.id = minben::to_string(new_uuid(clock_, random_));
  wanted.subscriber = call.envelope.client;
  wanted.event_type = call.event_type;
  wanted.delivery = can_push ? EventDelivery::push : EventDelivery::pull;
  wanted.ttl = config_.messages.keep_s;
  wanted.purpose = call.envelope.purpose;
  wanted.case_id = call.envelope.case_id;
  MINBEN_CHECK(settle_delivery(call, item, wanted));
  MINBEN_TRY(made, inbox_->subscribe(std::move(wanted)));
  fetching_.wake();
  return net::Response::json(write_subscription(made));
}

Result<net::Response> Messaging::list_subscriptions(const Call& call) {
  MINBEN_TRY(all, inbox_->all());
  JsonArray own;
  for (const Subscription& each : all)
    if (each.subscriber == call.envelope.client && each.event_type.provider == call.room)
      own.push_back(write_subscription(each));
  return net::Response::json(own);
}

Result<net::Response> Messaging::show_subscription(const Call& call) {
  MINBEN_TRY(subscription, inbox_->find(call.envelope.client, call.event_type));
  return net::Response::json(write_subscription(subscription));
}

Result<net::Response> Messaging::change_subscription(const Call& call) {
  MINBEN_TRY(item, read_subscription_item(call.request.body, call.event_type.service));
  MINBEN_TRY(subscription, inbox_->find(call.envelope.client, call.event_type));
  MINBEN_CHECK(settle_delivery(call, item, subscription));
  MINBEN_CHECK(inbox_->change(subscription));
  return net::Response::json(write_subscription(subscription), 201);
}

Result<net::Response> Messaging::unsubscribe(const Call& call) {
  MINBEN_TRY(subscription, inbox_->find(call.envelope.client, call.event_type));
  MINBEN_CHECK(inbox_->unsubscribe(subscription.number));
  return no_content();
}

// When nothing waits the publisher is asked at once, so that who pulls need not wait for a pass.
Result<net::Response> Messaging::pull(const Call& call) {
  if (const auto subject = call.request.query.get("subject"); !subject.empty())
    return pull_of(call, subject);
  MINBEN_TRY(subscription, inbox_->find(call.envelope.client, call.event_type));
  if (subscription.delivery == EventDelivery::push)
    return fail(Kind::conflict, "delivered_by_push", "events of this subscription are posted");
  MINBEN_TRY(event, inbox_->first(subscription.number));
  const CountedWhile waits(waiting_);
  if (!event && waiting_ <= most_waiting) {
    static_cast<void>(fetching_.fetch(subscription));  // its trouble is told by the subscription
    MINBEN_TRY(fresh, inbox_->first(subscription.number));
    event = std::move(fresh);
  }
  if (!event || !event->ready)
    return fail(Kind::not_found, "no_event", event ? "its file is on its way" : "nothing waits");
  net::Response response = net::Response::bytes(std::move(event->item), "application/json");
  response.headers.add("X-Road-Id", event->exchange_id);
  return response;
}

// Under a consent, which lives for a minute, nobody can ask in advance: the own system asks with
// it, for events about that person, and keeps its place itself.
Result<net::Response> Messaging::pull_of(const Call& call, std::string_view subject) {
  const std::string_view text = call.request.query.get("after");
  const auto after = text.empty() ? 0 : parse_integer(text, 0);
  if (!after) return fail(Kind::invalid, "wrong_type", "a sequence", "after");
  const CountedWhile waits(waiting_);
  if (waiting_ > most_waiting)
    return fail(Kind::unavailable, "busy", "others wait for publishers: try again");
  net::ClientRequest request =
      event_request(config_, own_, call.envelope.client, call.event_type,
                    fmt::format("/{}/after/{}", net::percent_encode(subject), *after));
  for (const std::string_view name : {"X-Road-Id", "X-Road-UserId", "Minben-Purpose", "Minben-Case",
                                      "Minben-Person", "Minben-Consent"})
    if (const auto value = call.request.headers.get(name); !value.empty())
      request.headers.add(name, value);
  MINBEN_TRY(answer, client_.send(request));
  if (!answer.headers.get("X-Road-Error").empty()) {
    net::Response refused;
    refused.status = answer.status;
    refused.body = std::move(answer.body);
    for (const std::string_view name :
         {"Content-Type", "X-Road-Error", "X-Road-Id", "X-Road-Request-Id", "Retry-After"})
      if (const auto value = answer.headers.get(name); !value.empty())
        refused.headers.add(name, value);
    return refused;
  }
  MINBEN_TRY(head, read_event_answer(answer));
  if (head.id.empty()) return fail(Kind::not_found, "no_event", "nothing waits");
  net::Response response = net::Response::bytes(
      write_event_item(head, call.event_type, answer.body), "application/json");
  response.headers.add("X-Road-Id", answer.headers.get("X-Road-Id"));
  return response;
}

Result<net::Response> Messaging::confirm(const Call& call) {
  MINBEN_TRY(subscription, inbox_->find(call.envelope.client, call.event_type));
  MINBEN_CHECK(inbox_->confirm(subscription.number, call.request.parameter("id")));
  return no_content();
}

// ---------------------------------------------------------------------------- other gateways

// Behind Serving, which has checked who asks, decided, and will reduce and record the answer.
Result<net::Response> Messaging::answer_mailbox(const net::Request& request) {
  if (!own_.is(request.headers.get("Minben-Token")))
    return fail(Kind::unauthorised, "client_not_known", "for the gateway itself");
  MINBEN_TRY(envelope, read_envelope(request.headers));
  const auto after = parse_integer(request.parameter("sequence"), 0);
  if (!after) return fail(Kind::not_found, "not_found", "not a sequence");
  const std::string_view subject = request.parameter("subject");
  const std::string type =
      fmt::format("{}/{}", request.parameter("subsystem"), request.parameter("service"));
  MINBEN_TRY(next, outbox_->next(type, to_string(envelope.client), *after,
                                 subject == "-" ? std::string_view() : subject));
  net::Response response =
      next.head.id.empty()
          ? net::Response::problem({Kind::not_found, "no_event", "nothing waits", {}, 0, 0})
          : net::Response::bytes(std::move(next.event), "application/json");
  write_event_head(next.head, response.headers);
  if (!next.person.empty()) response.headers.add("Minben-Event-Person", next.person);
  return response;
}

// ------------------------------------------------------------------------------ administrators

Result<net::Response> Messaging::dead_letters(const net::Request& request) {
  MINBEN_CHECK(hooks_.check_administrator(request));
  MINBEN_TRY(subscriptions, inbox_->all());
  MINBEN_TRY(dead, inbox_->dead(most_dead));
  JsonArray list;
  for (const Arrived& event : dead) {
    const auto of = std::ranges::find(subscriptions, event.subscription, &Subscription::number);
    if (of == subscriptions.end()) continue;
    list.push_back(JsonObject{{"subscription", event.subscription},
                              {"id", event.id},
                              {"subscriber", to_string(of->subscriber)},
                              {"eventType", to_string(of->event_type)},
                              {"sequence", event.sequence},
                              {"attempts", event.attempts},
                              {"reason", event.reason}});
  }
  return net::Response::json(JsonObject{{"deadLetters", std::move(list)}});
}

Result<net::Response> Messaging::treat_dead_letter(const net::Request& request, bool again) {
  MINBEN_CHECK(hooks_.check_administrator(request));
  const auto subscription = parse_integer(request.parameter("subscription"), 1);
  if (!subscription) return fail(Kind::not_found, "unknown_event", "not a subscription");
  const std::string_view id = request.parameter("id");
  MINBEN_CHECK(again ? inbox_->revive(id, *subscription) : inbox_->discard(id, *subscription));
  return no_content();
}

}  // namespace minben::gateway
