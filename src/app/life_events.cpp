#include "life_events.hpp"

#include <spdlog/spdlog.h>

#include "store/repeat.hpp"

namespace minben::app {

namespace {

constexpr std::string_view job_kind = "app.life_events";
constexpr seconds every{30};
constexpr milliseconds patience{5000};
constexpr std::size_t longest_answer = 64u << 10;
constexpr int most_at_once = 200;

std::unexpected<Error> no_answer(std::string_view why) {
  return fail(Kind::unavailable, "no_life_events", why);
}

}  // namespace

Result<identity::LifeEvent> read_life_event(std::string_view item) {
  const auto bad = [](std::string_view why) {
    return fail(Kind::invalid, "not_a_life_event", why);
  };
  const auto json = parse_json(item);
  const Json* event = json ? find(*json, "event") : nullptr;
  if (event == nullptr || !event->is_object()) return bad("no event");
  identity::LifeEvent out{string_or(*json, "id"), string_or(*event, "key"), false};
  const std::string state = string_or(*event, "state");
  if (out.id.empty() || out.id.size() > 100) return bad("id");
  if (out.national_id.empty() || out.national_id.size() > 20) return bad("key");
  if (state != "deceased" && state != "living") return bad("state");
  out.deceased = state == "deceased";
  return out;
}

Result<std::unique_ptr<LifeEvents>> LifeEvents::open(Parts parts, std::string_view service,
                                                     const ConsumerAccess& access) {
  const std::size_t slash = service.rfind('/'), first = service.find('/');
  if (slash == service.npos || std::ranges::count(service, '/') != 4)
    return fail(Kind::invalid, "not_a_service", "instance/class/member/subsystem/service",
                "exchange.life_events");
  MINBEN_TRY(token, trust::read_secret_file(access.token_file));
  net::ClientConfig client;
  client.timeout_ms = patience;
  client.max_response_bytes = longest_answer;
  std::unique_ptr<LifeEvents> made(new LifeEvents(parts, std::move(client)));
  made->room_ = fmt::format("{}/r1/{}", access.gateway_url, service.substr(0, slash));
  made->type_ = service.substr(slash + 1);
  made->caller_ =
      fmt::format("{}/GOV/{}/{}", service.substr(0, first), access.member, access.subsystem);
  made->token_ = trim(token);
  return made;
}

Result<net::ClientResponse> LifeEvents::send(net::Method method, std::string_view path,
                                             std::string body) {
  net::ClientRequest request{
      .method = method, .url = room_ + std::string(path), .headers = {}, .body = std::move(body)};
  request.headers.add("X-Road-Client", caller_);
  request.headers.add("Minben-Token", token_);
  request.headers.add("Minben-Purpose", life_events_purpose);
  if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
  auto answer = client_.send(request);
  if (!answer) return no_answer(answer.error().code);
  return std::move(*answer);
}

/// Subscribing again changes nothing.
Result<void> LifeEvents::subscribe() {
  if (subscribed_) return {};
  MINBEN_TRY(answer, send(net::Method::post, "/api/v1/subs/" + type_,
                          write_json(JsonObject{{"eventType", type_}, {"delivery", "PULL"}})));
  if (answer.status >= 300 && answer.status != 409)
    return no_answer(fmt::format("subscribing was answered with {}", answer.status));
  subscribed_ = true;
  return {};
}

/// In a transaction of its own: confirmed only when it is on the disk.
Result<void> LifeEvents::deal_with(std::string_view item) {
  const auto event = read_life_event(item);
  if (!event) {
    spdlog::error("an event of the household register cannot be read: {}", event.error().detail);
    return {};
  }
  MINBEN_TRY(changed, parts_.database.transact([&](store::Transaction& transaction) {
    return parts_.identity.hear(transaction, *event);
  }));
  if (changed)
    spdlog::info("the household register told of a {}: an account was {}",
                 event->deceased ? "death" : "mistake", event->deceased ? "closed" : "opened");
  return {};
}

Result<int> LifeEvents::take() {
  MINBEN_CHECK(subscribe());
  for (int taken = 0; taken < most_at_once; ++taken) {
    MINBEN_TRY(answer, send(net::Method::get, "/pull/v1/" + type_));
    if (answer.status == 404) return taken;
    if (answer.status != 200) return no_answer(fmt::format("it answered {}", answer.status));
    MINBEN_CHECK(deal_with(answer.body));
    MINBEN_TRY(item, parse_json(answer.body));
    const std::string id = string_or(item, "id");
    MINBEN_TRY(confirmed, send(net::Method::del,
                               fmt::format("/pull/v1/{}/{}", type_, net::percent_encode(id))));
    // 404: another node was quicker.
    if (confirmed.status >= 300 && confirmed.status != 404)
      return no_answer(fmt::format("confirming was answered with {}", confirmed.status));
  }
  return most_at_once;
}

void LifeEvents::work_in(store::Workers& workers) {
  store::repeat(workers, parts_.database, job_kind, every,
                [this](store::Transaction&) -> Result<void> {
                  if (const auto taken = take(); !taken)
                    spdlog::warn("deaths are not heard of: {}", describe(taken.error()));
                  return {};
                });
}

}  // namespace minben::app
