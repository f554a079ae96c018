#pragma once
// Reading and writing of the values that signed documents are made of.
#include "exchange.hpp"

namespace minben::exchange {

std::string_view to_string(Basis basis);
Result<Basis> parse_basis(std::string_view text);
Result<net::Method> parse_method(std::string_view text);

/// One rule, one service, as the configuration has them.
JsonObject rule_to_json(const AccessRule& rule);
Result<AccessRule> rule_from_json(const Json& json);
JsonObject service_to_json(const Service& service);
Result<Service> service_from_json(const Json& json);

JsonArray json_list(std::span<const std::string> texts);
/// Missing or not an array of strings: error "wrong_type" naming the member.
Result<std::vector<std::string>> get_strings(const Json& object, std::string_view name);
Result<Instant> get_instant(const Json& object, std::string_view name);
/// Calls `read` for each element of the array `name`.
Result<void> for_each(const Json& object, std::string_view name,
                      const std::function<Result<void>(const Json&)>& read);

/// {"format", "content", "signature"} as exchange.hpp describes it.
Result<std::string> sign_document(std::string_view format, const Json& content,
                                  const trust::SigningKey& key);

struct SignedDocument {
  Json content;
  std::string signed_bytes;
  Bytes signature;
};
/// The parts, not yet verified: whose key it must be may only be known from the content.
Result<SignedDocument> read_document(std::string_view text, std::string_view format);

}  // namespace minben::exchange
