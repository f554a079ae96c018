#include "webauthn_internal.hpp"

namespace minben::identity {

namespace {
constexpr std::size_t longest_client_data = 16u << 10;

Result<Json> parse_client_data(std::span<const std::uint8_t> json) {
  auto parsed = parse_json(as_text(json), {.max_bytes = longest_client_data, .max_depth = 8});
  if (!parsed || !parsed->is_object()) return refused("clientDataJSON is not a JSON object");
  return parsed;
}

bool is_true(const Json* value) {
  return value != nullptr && value->is_bool() && value->get_bool();
}

bool among(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

Result<void> check_embedding(const Expectation& expected, const Json& data) {
  const Json* top_origin = find(data, "topOrigin");
  if (is_true(find(data, "crossOrigin")) && !expected.cross_origin) return refused("crossOrigin");
  if (top_origin == nullptr) return {};
  if (!expected.cross_origin || !top_origin->is_string() ||
      !among(expected.top_origins, top_origin->get_string()))
    return refused("topOrigin");
  return {};
}
}  // namespace

Result<void> check_client_data(const Expectation& expected, std::string_view type,
                               std::span<const std::uint8_t> json) {
  MINBEN_TRY(data, parse_client_data(json));
  if (string_or(data, "type") != type) return refused("type");
  const std::string challenge = base64url_encode(expected.challenge);
  if (!equal_in_constant_time(string_or(data, "challenge"), challenge)) return refused("challenge");
  if (!among(expected.origins, string_or(data, "origin"))) return refused("origin");
  return check_embedding(expected, data);
}

Result<Bytes> challenge_of(std::span<const std::uint8_t> client_data_json) {
  MINBEN_TRY(data, parse_client_data(client_data_json));
  auto challenge = base64url_decode(string_or(data, "challenge"));
  if (!challenge || challenge->empty()) return refused("challenge");
  return std::move(*challenge);
}

}  // namespace minben::identity
