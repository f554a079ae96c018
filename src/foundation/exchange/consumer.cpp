#include <fmt/format.h>

#include "message.hpp"

namespace minben::exchange {

namespace {

constexpr std::size_t max_answer = 64u << 20;

std::string target_of(const ExchangeRequest& request) {
  const SubsystemId& provider = request.service.provider;
  std::string target = "/r1";
  for (const std::string* segment : {&provider.instance, &provider.member_class, &provider.member,
                                     &provider.subsystem, &request.service.service})
    (target += '/') += net::percent_encode(*segment);
  return target + request.path;
}

net::Headers fields_of(const ExchangeRequest& request, const ConsumerConfig& config) {
  net::Headers fields;
  fields.add("X-Road-Client", to_string(config.subsystem));
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string*>{"Minben-Token", &config.token},
        {"X-Road-Id", &request.exchange_id},
        {"X-Road-UserId", &request.user},
        {"Minben-Purpose", &request.purpose},
        {"Minben-Case", &request.case_id},
        {"Minben-Person", &request.person},
        {"Minben-Consent", &request.consent}})
    if (!value->empty()) fields.add(name, *value);
  if (!request.body.empty()) fields.add("Content-Type", request.content_type);
  // The second also where its gateway speaks to others in X-Road's form of errors.
  fields.add("Accept", "application/json, application/problem+json");
  return fields;
}

Kind kind_of(int status) {
  switch (status) {
    case 400:
      return Kind::invalid;
    case 401:
      return Kind::unauthorised;
    case 403:
      return Kind::forbidden;
    case 404:
      return Kind::not_found;
    case 409:
      return Kind::conflict;
    case 413:
      return Kind::too_large;
    case 429:
      return Kind::too_many;
    default:
      return Kind::unavailable;
  }
}

}  // namespace

Consumer::Consumer(ConsumerConfig config)
    : config_(std::move(config)),
      client_(std::make_unique<net::Client>(
          net::ClientConfig{.timeout_ms = config_.timeout_ms, .max_response_bytes = max_answer})) {}
Consumer::~Consumer() = default;

Result<ExchangeResponse> Consumer::call(const ExchangeRequest& request) {
  if (!request.path.empty() && request.path.front() != '/' && request.path.front() != '?')
    return fail(Kind::invalid, "bad_path", "begins with '/' or '?'", "path");
  const auto answer = client_->send({request.method, config_.gateway_url + target_of(request),
                                     fields_of(request, config_), request.body});
  if (!answer) {
    if (answer.error().kind == Kind::invalid) return std::unexpected(answer.error());
    return fail(Kind::unavailable, "gateway_unreachable", answer.error().code);
  }
  const std::string_view error = answer->headers.get("X-Road-Error");
  if (!error.empty() || !answer->headers.has("X-Road-Request-Hash")) {
    const auto details = parse_json(answer->body);
    return fail(kind_of(answer->status), error.empty() ? "gateway_refused" : error,
                details ? string_or(*details, "detail") : "",
                details ? string_or(*details, "field") : "");
  }
  return ExchangeResponse{answer->status,
                          std::string(answer->headers.get("Content-Type")),
                          answer->body,
                          std::string(answer->headers.get("X-Road-Id")),
                          std::string(answer->headers.get("X-Road-Request-Id")),
                          std::string(answer->headers.get("X-Road-Request-Hash"))};
}

}  // namespace minben::exchange
