// Fetching under a consent. Before the call the consent is checked and the fetch reserved;
// afterwards it is checked again, so that a withdrawal in between leaves the caller with nothing.
#include "exchange/exchange.hpp"
#include "impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

// A fetch whose process died does not block the consent for longer than any call can take.
constexpr minutes reservation(2);

constexpr Query under_way{"mydata_fetches_under_way", R"(
  select count(*) as under_way from mydata.fetch
  where person_id = $1 and consent_id = $2 and outcome is null and started_at > $3)"};
constexpr Query insert_fetch{
    "mydata_insert_fetch",
    "insert into mydata.fetch (person_id, id, consent_id, started_at) values ($1, $2, $3, $4)"};
constexpr Query finish_fetch{
    "mydata_finish_fetch", "update mydata.fetch set outcome = $3 where person_id = $1 and id = $2"};
constexpr Query count_fetch{
    "mydata_count_fetch",
    "update mydata.consent set fetches = fetches + 1 where person_id = $1 and id = $2"};

/// What the exchange calls the case: it asks only that there is one.
CaseId matter_of(const Consent& consent) {
  return consent.case_id.is_nil() ? CaseId{consent.data_request.value} : consent.case_id;
}

/// Nothing when the consent holds at this moment.
Result<void> check_state(const Consent& consent) {
  switch (consent.state) {
    case ConsentState::granted:
      return {};
    case ConsentState::refused:
      return fail(Kind::forbidden, "consent_refused", "the person refused");
    case ConsentState::withdrawn:
      return fail(Kind::forbidden, "consent_withdrawn", "the person withdrew the consent");
    case ConsentState::expired:
      return fail(Kind::forbidden, "consent_expired", "the consent is over");
    case ConsentState::requested:
      break;
  }
  return fail(Kind::forbidden, "consent_not_granted", "the person has not answered yet");
}

/// The gateway has removed everything else already; nothing relies on that.
Result<Json> minimise(const Json& answer, const std::vector<Field>& fields) {
  if (!answer.is_object())
    return fail(Kind::unavailable, "register_answer_malformed",
                "the register's answer is no object");
  JsonObject out;
  for (const Field& field : fields) {
    if (const Json* value = find(answer, field.name)) out[field.name] = *value;
  }
  return out;
}

}  // namespace

std::string register_key(const Json& query) {
  if (!query.is_object() || query.get_object().size() != 1) return {};
  return string_or(query, query.get_object().begin()->key());
}

Result<MyData::Impl::Reserved> MyData::Impl::reserve(store::Transaction& tx, PersonId person,
                                                     ConsentId id, const AgencyCode& recipient,
                                                     std::string_view purpose_code) const {
  MINBEN_TRY(consent, lock_consent(tx, person, id));
  if (consent.terms.recipient != recipient) {
    return fail(Kind::forbidden, "other_recipient", "the consent is for another agency");
  }
  if (consent.terms.purpose_code != purpose_code) {
    return fail(Kind::forbidden, "other_purpose", "the consent is for another purpose");
  }
  MINBEN_CHECK(check_state(consent));
  MINBEN_TRY(rows, tx.run(under_way, person, id, now() - reservation));
  if (consent.fetches + rows.front().integer("under_way") >= consent.terms.max_fetches) {
    return fail(Kind::forbidden, "consent_used_up", "as often as was agreed, it has been used");
  }
  const UsageId call = UsageId::make(parts.clock, parts.random);
  MINBEN_TRY(inserted, tx.run(insert_fetch, person, call, id, now()));
  return Reserved{std::move(consent), call};
}

Result<std::optional<Error>> MyData::Impl::finish(store::Transaction& tx, const Reserved& reserved,
                                                  bool answered) const {
  const PersonId person = reserved.consent.person;
  MINBEN_TRY(consent, lock_consent(tx, person, reserved.consent.id));
  const auto still_valid = check_state(consent);
  const std::string_view outcome = !answered ? "failed" : still_valid ? "delivered" : "dropped";
  MINBEN_TRY(finished, tx.run(finish_fetch, person, reserved.call, outcome));
  if (answered) MINBEN_CHECK(tx.run(count_fetch, person, consent.id));
  return still_valid ? std::nullopt : std::optional(still_valid.error());
}

Result<std::string> MyData::Impl::assertion(const Reserved& reserved,
                                            const std::string& key) const {
  const Consent& consent = reserved.consent;
  const ConsentTerms& terms = consent.terms;
  exchange::ConsentAssertion out;
  out.id = to_string(reserved.call);
  out.consent = to_string(consent.id);
  out.person = consent.person;
  out.subject = exchange::subject_digest(out.id, key);
  out.service = {{parts.instance, parts.member_class, terms.provider.value, terms.subsystem},
                 terms.service};
  out.recipient = {parts.instance, parts.member_class, terms.recipient.value,
                   terms.recipient_subsystem};
  out.purpose = terms.purpose_code;
  out.case_id = to_string(matter_of(consent));
  for (const Field& field : terms.fields) out.fields.push_back(field.name);
  out.issued_at = now();  // once: an assertion that lives a microsecond too long is refused
  out.expires_at =
      std::min<Instant>(out.issued_at + exchange::assertion_lifetime_s, consent.expires_at);
  return exchange::sign_assertion(out, parts.platform_key);
}

Result<Fetched> MyData::fetch(PersonId person, ConsentId id, const AgencyCode& recipient,
                              std::string_view purpose_code, const Json& query) {
  const std::string key = register_key(query);
  if (key.empty())
    return fail(Kind::invalid, "bad_query", "a query is an object with one string", "query");
  store::Database& database = impl_->parts.database;
  MINBEN_TRY(reserved, database.transact([&](store::Transaction& tx) {
    return impl_->reserve(tx, person, id, recipient, purpose_code);
  }));
  MINBEN_TRY(assertion, impl_->assertion(reserved, key));
  const ConsentTerms& terms = reserved.consent.terms;
  const auto answer = impl_->parts.gateway({terms.recipient, terms.recipient_subsystem,
                                            terms.provider, terms.subsystem, terms.service,
                                            terms.purpose_code, matter_of(reserved.consent),
                                            assertion, to_string(reserved.call), query});
  MINBEN_TRY(ended, database.transact([&](store::Transaction& tx) {
    return impl_->finish(tx, reserved, answer.has_value());
  }));
  if (!answer) return std::unexpected(answer.error());
  if (ended) return fail(*ended);  // withdrawn or expired while the gateways were at work
  MINBEN_TRY(data, minimise(*answer, terms.fields));
  return Fetched{std::move(data), impl_->now()};
}

}  // namespace minben::mydata
