#pragma once
// What the files of this room share.
#include "exchange/exchange.hpp"
#include "mydata/mydata.hpp"

namespace minben::mydata {

using minben::to_string;  // instants and ids, beside this room's own

struct MyData::Impl {
  explicit Impl(Parts given) : parts(std::move(given)) {}
  Parts parts;

  [[nodiscard]] Instant now() const { return parts.clock.now(); }

  // consents.cpp
  Result<Consent> lock_consent(store::Transaction& tx, PersonId person, ConsentId id) const;
  Result<void> change(store::Transaction& tx, Consent& consent, ConsentState to,
                      const std::optional<identity::Act>& act) const;
  Result<void> decide(store::Transaction& tx, PersonId person, ConsentId id, ConsentState to,
                      const identity::Authority& by) const;
  Result<void> expire(store::Transaction& tx, const store::Job& job) const;

  // fetch.cpp
  struct Reserved {
    Consent consent;
    UsageId call;  ///< id of the fetch and of its assertion
  };
  Result<Reserved> reserve(store::Transaction& tx, PersonId person, ConsentId id,
                           const AgencyCode& recipient, std::string_view purpose_code) const;
  /// Why the consent no longer holds, or nothing.
  Result<std::optional<Error>> finish(store::Transaction& tx, const Reserved& reserved,
                                      bool answered) const;
  Result<std::string> assertion(const Reserved& reserved, const std::string& key) const;

  // usage.cpp
  Result<UsageId> take_over(store::Transaction& tx, const exchange::UsageRecord& record) const;
  Result<void> show_held(store::Transaction& tx, const store::Job& job) const;
  void show_held_in(store::Workers& workers) const;
};

// usage.cpp
/// Once, however often it comes: the commitment is made only by whoever inserted the row.
Result<void> record_usage(store::Transaction& tx, const ledger::Commitments& commitments,
                          const Usage& usage, const Json& content);
Json content_of(const Usage& usage);
Usage usage_of(PersonId person, const Json& content);

// terms.cpp
Result<void> check_request(const ConsentRequest& request, Instant now);
Json to_json(const Bilingual& text);
Bilingual bilingual_from(const Json* value);
Json to_json(const std::vector<Field>& fields);
std::vector<Field> fields_from(const Json* value);
Json to_json(const ConsentTerms& terms);
ConsentTerms terms_from(const Json& value);

// consents.cpp
ConsentState parse_state(std::string_view text);
Result<std::optional<Consent>> find_consent(store::Transaction& tx, ConsentId id, Instant now);

/// Ends the process when a value that this room stored itself cannot be read back.
template <class T>
T stored(Result<T> value) {
  MINBEN_ASSERT(value.has_value());
  return std::move(*value);
}

}  // namespace minben::mydata
