#include "monitoring.hpp"

#include "exchange/path.hpp"
#include "letter.hpp"
#include "parts.hpp"

namespace minben::gateway {

namespace {

constexpr std::int64_t usual_limit = 100;
constexpr std::size_t page = 500;  ///< messages that are read at once

void put_text(JsonObject& into, std::string_view name, std::string_view value) {
  if (!value.empty()) into[name] = value;
}

void put_time(JsonObject& into, std::string_view name, Instant at) {
  if (at != Instant{}) into[name] = milliseconds_of(at);
}

void put_parties(JsonObject& into, const ExchangeRecord& record) {
  into["clientXRoadInstance"] = record.client.instance;
  into["clientMemberClass"] = record.client.member_class;
  into["clientMemberCode"] = record.client.member;
  into["clientSubsystemCode"] = record.client.subsystem;
  const SubsystemId& provider = record.service.provider;
  into["serviceXRoadInstance"] = provider.instance;
  into["serviceMemberClass"] = provider.member_class;
  into["serviceMemberCode"] = provider.member;
  into["serviceSubsystemCode"] = provider.subsystem;
  into["serviceCode"] = record.service.service;
  // pr-rest §4.3: "[class/]code".
  const std::string_view party = record.represented;
  const auto slash = party.find('/');
  if (slash != party.npos) into["representedPartyClass"] = party.substr(0, slash);
  put_text(into, "representedPartyCode", slash == party.npos ? party : party.substr(slash + 1));
}

std::string template_of(const ExchangeRecord& record, const Configuration& configuration) {
  const Service* service = configuration.service(record.service);
  if (!service || service->endpoints.empty()) return {};
  const auto head = read_request_head(record.request_head);
  if (!head) return {};
  const auto path = read_service_path(head->target);
  if (!path) return {};
  for (const Endpoint& endpoint : service->endpoints)
    if (endpoint.method == head->method &&
        PathGlob(template_glob(endpoint.path)).matches(path->segments))
      return endpoint.path;
  return {};
}

}  // namespace

std::int64_t milliseconds_of(Instant at) {
  return std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count();
}

double milliseconds_between(Instant from, Instant to) {
  return std::chrono::duration<double, std::milli>(std::max(to - from, microseconds(0))).count();
}

bool succeeded(const ExchangeRecord& record) {
  return record.error.empty() && record.status > 0 && record.status < 400;
}

JsonObject operational_record(const ExchangeRecord& record, const Configuration& configuration) {
  JsonObject out{{"monitoringDataTs", milliseconds_of(record.received_at) / 1000},
                 {"securityServerType", record.role == Role::asked ? "Client" : "Producer"},
                 {"serviceType", "REST"},
                 {"messageId", record.exchange_id},
                 {"xRequestId", record.request_id},
                 {"restMethod", record.method},
                 {"requestSize", record.request_size},
                 {"responseSize", record.response_size},
                 {"succeeded", succeeded(record)}};
  put_time(out, "requestInTs", record.received_at);
  put_time(out, "requestOutTs", record.forwarded_at);
  put_time(out, "responseInTs", record.answered_at);
  put_time(out, "responseOutTs", record.completed_at);
  put_parties(out, record);
  put_text(out, "restPath", template_of(record, configuration));
  put_text(out, "messageUserId", record.user);
  put_text(out, "messageIssue", record.issue);
  put_text(out, "faultCode", record.error);
  if (record.status > 0) out["statusCode"] = record.status;
  return out;
}

Monitoring::Monitoring(const GatewayConfig& config, const Directory& directory, Journal& journal,
                       const Clock& clock, std::unique_ptr<MessageLog> messages)
    : config_(config),
      directory_(directory),
      journal_(journal),
      clock_(clock),
      health_(clock.now()),
      messages_(std::move(messages)) {}

Result<std::unique_ptr<Monitoring>> Monitoring::open(const GatewayConfig& config,
                                                     const Directory& directory, Journal& journal,
                                                     const Clock& clock, Random& random) {
  MINBEN_TRY(messages, MessageLog::open(config.state_directory, random));
  return std::unique_ptr<Monitoring>(
      new Monitoring(config, directory, journal, clock, std::move(messages)));
}

void Monitoring::recorded(const ExchangeRecord& record, const Result<void>& outcome, Instant now) {
  if (record.role == Role::served) health_.add(record, outcome && succeeded(record), now);
}

Result<SubsystemId> Monitoring::authorise(const net::Request& request) const {
  MINBEN_TRY(subsystem, SubsystemId::parse(request.headers.get("X-Road-Client")));
  MINBEN_CHECK(check_token(config_, subsystem, request.headers.get("Minben-Token")));
  return subsystem;
}

Result<Monitoring::Wanted> Monitoring::read(const net::Request& request) const {
  const auto number = [&](std::string_view name, std::int64_t least, std::int64_t most,
                          std::int64_t otherwise) -> Result<std::int64_t> {
    if (!request.query.has(name)) return otherwise;
    const auto value = parse_integer(request.query.get(name), least, most);
    if (value) return *value;
    return fail(Kind::invalid, "out_of_range", "not a number in the range that is allowed", name);
  };
  MINBEN_TRY(subsystem, authorise(request));
  if (!request.query.has("since"))
    return fail(Kind::invalid, "missing", "an instant, as 2026-11-23T04:05:06Z", "since");
  MINBEN_TRY(since, parse_instant(request.query.get("since")));
  Instant until = Instant::max();
  if (request.query.has("until")) {
    MINBEN_TRY(given, parse_instant(request.query.get("until")));
    until = given;
  }
  MINBEN_TRY(after, number("after", 0, INT64_MAX, 0));
  MINBEN_TRY(limit, number("limit", 1, most_records, usual_limit));
  return Wanted{std::move(subsystem), since, until, after, static_cast<std::size_t>(limit)};
}

Result<Monitoring::Found> Monitoring::find(const Wanted& wanted) {
  const auto view = directory_.view();
  const std::lock_guard lock(mutex_);
  Found found{.records = {}, .after = wanted.after};
  if (found.after == 0) {
    MINBEN_TRY(before, messages_->before(wanted.since));
    found.after = before;
  }
  for (std::size_t looked_at = 0; looked_at < most_looked_at;) {
    MINBEN_TRY(messages, messages_->since(wanted.since, found.after, page));
    for (const StoredMessage& message : messages) {
      if (found.records.size() == wanted.limit) {
        found.more = true;
        return found;
      }
      found.after = message.number;
      MINBEN_TRY(record, read_record(message.text));
      const bool is_party =
          record.client == wanted.subsystem || record.service.provider == wanted.subsystem;
      if (is_party && record.received_at < wanted.until)
        found.records.push_back(operational_record(record, view->configuration));
    }
    if (messages.size() < page) return found;
    looked_at += messages.size();
  }
  found.more = true;
  return found;
}

net::Response Monitoring::records(const net::Request& request) {
  const auto wanted = read(request);
  if (!wanted) return problem(wanted.error());
  journal_.settle();
  auto found = find(*wanted);
  if (!found) return problem(found.error());
  JsonObject out{{"records", std::move(found->records)}};
  if (found->more) out["nextRecordsAfter"] = found->after;
  auto response = net::Response::json(out);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

net::Response Monitoring::health(const net::Request& request) const {
  if (const auto subsystem = authorise(request); !subsystem) return problem(subsystem.error());
  auto response = net::Response::json(health_.report(clock_.now()));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace minben::gateway
