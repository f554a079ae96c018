#include "message.hpp"

#include <set>

#include <fmt/format.h>

#include "quota.hpp"

namespace minben::exchange {

namespace {

// X-Road pr-rest §4.3, and the fields with which gateways sign or tokens are checked.
const std::set<std::string, std::less<>>& kept_back() {
  static const std::set<std::string, std::less<>> names{"connection",
                                                        "keep-alive",
                                                        "proxy-authenticate",
                                                        "proxy-authorization",
                                                        "proxy-connection",
                                                        "te",
                                                        "trailer",
                                                        "transfer-encoding",
                                                        "upgrade",
                                                        "host",
                                                        "user-agent",
                                                        "server",
                                                        "content-length",
                                                        "expect",
                                                        "minben-token",
                                                        "cookie",
                                                        "minben-timestamp"};
  return names;
}

Result<std::string> once(const net::Headers& fields, std::string_view name) {
  std::size_t count = 0;
  const std::string wanted = to_lower_ascii(name);
  for (const auto& [key, value] : fields.all()) count += to_lower_ascii(key) == wanted;
  if (count > 1)
    return fail(Kind::invalid, "duplicate_field", "a field that may come once only", name);
  const std::string_view value = fields.get(name);
  if (value.size() > 8192 || !is_utf8(value))
    return fail(Kind::invalid, "bad_field", "too long or not UTF-8", name);
  return std::string(value);
}

/// Who asks: X-Road's name of the field, or one of the two that GovStack's interfaces use.
Result<std::string> client_of(const net::Headers& fields) {
  std::string client;
  for (const std::string_view name :
       {"X-Road-Client", "X-GovStack-Client", "Information-Mediator-Client"}) {
    MINBEN_TRY(text, once(fields, name));
    if (!client.empty() && !text.empty())
      return fail(Kind::invalid, "duplicate_field", "says again who asks", name);
    if (!text.empty()) client = std::move(text);
  }
  return client;
}

}  // namespace

bool is_forwarded(std::string_view field_name) {
  return !kept_back().contains(to_lower_ascii(field_name));
}

net::Headers forwarded_fields(const net::Headers& received) {
  net::Headers fields;
  for (const auto& [name, value] : received.all())
    if (is_forwarded(name)) fields.add(name, value);
  return fields;
}

std::string request_hash(net::Method method, std::string_view target, const net::Headers& fields,
                         std::string_view body) {
  std::string head = fmt::format("{}\r\n{}\r\n", net::to_string(method), target);
  for (const auto& [name, value] : fields.all())
    head.append(name).append(":").append(value).append("\r\n");
  const Sha512 head_hash = sha512(head);
  if (body.empty()) return base64_encode(head_hash);
  const Sha512 body_hash = sha512(body);
  std::string both(as_text(head_hash));
  both += as_text(body_hash);
  return base64_encode(sha512(both));
}

Result<Envelope> read_envelope(const net::Headers& fields) {
  Envelope out;
  MINBEN_TRY(client_text, client_of(fields));
  MINBEN_TRY(client, SubsystemId::parse(client_text));
  out.client = std::move(client);
  for (const auto& [name, into] :
       {std::pair<std::string_view, std::string*>{"X-Road-Id", &out.exchange_id},
        {"X-Road-Request-Id", &out.request_id},
        {"X-Road-UserId", &out.user},
        {"Minben-Purpose", &out.purpose},
        {"Minben-Case", &out.case_id},
        {"Minben-Person", &out.person},
        {"Minben-Consent", &out.consent},
        {"Minben-Token", &out.token}}) {
    MINBEN_TRY(text, once(fields, name));
    *into = std::move(text);
  }
  return out;
}

net::Response problem(const Error& error, int status) {
  net::Response response = net::Response::problem(error);
  if (status != 0) response.status = status;
  response.headers.set("X-Road-Error", error.code);
  if (const auto wait = retry_after(error))
    response.headers.set("Retry-After", std::to_string(wait->count()));
  return response;
}

std::vector<net::Route> service_routes(net::Access access, std::size_t max_body,
                                       const std::shared_ptr<const net::FlowHandler>& handler) {
  std::vector<net::Route> routes;
  for (const net::Method method : service_methods) {
    routes.push_back({method, std::string(service_pattern), access, max_body, {}, handler});
    routes.push_back(
        {method, fmt::format("{}/{{path...}}", service_pattern), access, max_body, {}, handler});
  }
  return routes;
}

}  // namespace minben::exchange
