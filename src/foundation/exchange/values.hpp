#pragma once
// Reading and writing of the values that signed documents are made of.
#include "exchange.hpp"

namespace minben::exchange {

std::string_view to_string(Basis basis);
Result<Basis> parse_basis(std::string_view text);
Result<net::Method> parse_method(std::string_view text);

/// The part of verify_assertion() that depends on the clock: "consent_expired".
Result<void> check_lifetime(const ConsentAssertion& assertion, Instant now);

JsonArray json_list(std::span<const std::string> texts);
/// Missing or not an array of strings: error "wrong_type" naming the member.
Result<std::vector<std::string>> get_strings(const Json& object, std::string_view name);
JsonObject to_json(const Bilingual& text);  ///< {"zh-Hant", "en"}
Result<Bilingual> get_bilingual(const Json& object, std::string_view name);
Result<Instant> get_instant(const Json& object, std::string_view name);
/// Calls `read` for each element of the array `name`. Its error's field gets "name/index/" before.
Result<void> for_each(const Json& object, std::string_view name,
                      const std::function<Result<void>(const Json&)>& read);

/// Error "unknown_member" naming the first that is none of `known`.
Result<void> check_members(const Json& object, std::span<const std::string_view> known);
/// The error of a part, with "place/" before its field.
Error within(std::string_view place, Error cause);

/// {"format", "content", "signature"} as exchange.hpp describes it.
Result<std::string> sign_document(std::string_view format, const Json& content,
                                  const trust::SigningKey& key);

struct SignedDocument {
  Json content;
  std::string signed_bytes;
  Bytes signature;
};
/// The parts, not yet verified: whose key it must be may only be known from the content.
Result<SignedDocument> read_document(std::string_view text, std::string_view format,
                                     JsonLimits limits = {});

}  // namespace minben::exchange
