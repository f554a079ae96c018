#include "impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr std::string_view expire_job = "mydata.expire";
constexpr std::string_view commitment_type = "consent";

constexpr Query insert_consent{"mydata_insert_consent", R"(
  insert into mydata.consent (person_id, id, case_id, data_request_id, terms, state, valid_for_min, requested_at,
    expires_at, changes)
  values ($1, $2, $3, $4, $5, 'requested', $6, $7, $8, 1))"};
constexpr Query find_by_person{"mydata_find_consent",
                               "select * from mydata.consent where person_id = $1 and id = $2"};
constexpr Query lock_by_person{
    "mydata_lock_consent",
    "select * from mydata.consent where person_id = $1 and id = $2 for update"};
constexpr Query lock_open{"mydata_lock_open_consents", R"(
  select * from mydata.consent where person_id = $1 and state in ('requested', 'granted')
  order by id for update)"};
constexpr Query find_by_id{"mydata_find_consent_by_id",
                           "select * from mydata.consent where id = $1"};
constexpr Query of_person{"mydata_consents_of", R"(
  select * from mydata.consent where person_id = $1 and ($2::uuid is null or case_id = $2)
  order by requested_at desc, id desc)"};
constexpr Query update_consent{"mydata_update_consent", R"(
  update mydata.consent
  set state = $3, assurance = $4, expires_at = $5, decided_at = $6, ended_at = $7, act = $8,
    changes = changes + 1
  where person_id = $1 and id = $2 returning changes)"};
/// What was brought under a consent goes with it.
constexpr Query drop_brought{"mydata_drop_brought", R"(
  update mydata.request_item set state = 'withdrawn', content = null
  where consent_id = $1 and state in ('packing', 'ready'))"};
constexpr Query insert_change{"mydata_insert_change", R"(
  insert into mydata.consent_change (person_id, consent_id, sequence, state, at, assurance, content, entry_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8))"};
constexpr Query changes_of{"mydata_consent_changes", R"(
  select sequence, state, at, assurance, entry_id, content -> 'act' as act from mydata.consent_change
  where person_id = $1 and consent_id = $2 order by sequence)"};
constexpr Query find_change{"mydata_find_consent_change", R"(
  select content, entry_id from mydata.consent_change where person_id = $1 and consent_id = $2 and sequence = $3)"};

std::unexpected<Error> consent_not_found() {
  return fail(Kind::not_found, "consent_not_found", "no such consent of this person");
}

/// Also says "expired" when the clock has passed the end and nobody has written it down yet.
Consent consent_of(const store::Row& row, Instant now) {
  Consent out;
  out.id = row.id<ConsentId>("id");
  out.person = row.id<PersonId>("person_id");
  out.case_id = row.id<CaseId>("case_id");
  out.data_request = row.id<DataRequestId>("data_request_id");
  out.terms = terms_from(row.json("terms"));
  out.state = parse_state(row.text("state"));
  out.requested_at = row.instant("requested_at");
  out.expires_at = row.instant("expires_at");
  out.decided_at = row.optional_instant("decided_at");
  out.ended_at = row.optional_instant("ended_at");
  out.assurance = stored(identity::parse_assurance(row.text("assurance")));
  out.fetches = static_cast<int>(row.integer("fetches"));
  if (!row.is_null("act")) out.act = identity::act_from(row.json("act"));
  const bool open = out.state == ConsentState::requested || out.state == ConsentState::granted;
  if (open && now >= out.expires_at) {
    out.state = ConsentState::expired;
    out.ended_at = out.expires_at;
  }
  return out;
}

/// The name and the id of what the consent is about.
std::pair<std::string_view, std::string> matter_of(const Consent& consent) {
  if (consent.case_id.is_nil()) return {"data_request", to_string(consent.data_request)};
  return {"case", to_string(consent.case_id)};
}

Json change_content(const Consent& consent, int sequence, Instant at,
                    const std::optional<identity::Act>& act) {
  const auto [kind, id] = matter_of(consent);
  JsonObject content{{"consent", to_string(consent.id)},
                     {kind, id},
                     {"sequence", sequence},
                     {"state", to_string(consent.state)},
                     {"at", to_string(at)},
                     {"assurance", identity::to_string(consent.assurance)},
                     {"expires_at", to_string(consent.expires_at)},
                     {"terms", to_json(consent.terms)}};
  if (act) content["act"] = identity::to_json(*act);
  return content;
}

/// History row, commitment, event: what every change leaves behind.
Result<void> leave_trace(const MyData::Impl& impl, store::Transaction& tx, const Consent& consent,
                         int sequence, const std::optional<identity::Act>& act = {}) {
  const Instant at = impl.now();
  const Json content = change_content(consent, sequence, at, act);
  MINBEN_TRY(entry, impl.parts.commitments.commit(tx, commitment_type, consent.person, content));
  MINBEN_TRY(inserted,
             tx.run(insert_change, consent.person, consent.id, sequence, to_string(consent.state),
                    at, identity::to_string(consent.assurance), content, entry));
  const auto [kind, id] = matter_of(consent);
  return store::publish(
      tx, "consent", to_string(consent.id),
      JsonObject{
          {"consent", to_string(consent.id)}, {kind, id}, {"state", to_string(consent.state)}});
}

/// No id is no value.
template <class I>
std::optional<I> stored_id(const I& id) {
  return id.is_nil() ? std::nullopt : std::optional(id);
}

/// Open pages of the request are told.
Result<void> drop(store::Transaction& tx, const Consent& consent) {
  MINBEN_TRY(dropped, tx.run(drop_brought, consent.id));
  if (dropped.affected() == 0) return {};
  const std::string request = to_string(consent.data_request);
  return store::publish(tx, "data-request", request, JsonObject{{"request", request}});
}

Result<void> schedule_expiry(store::Transaction& tx, const Consent& consent) {
  return store::enqueue(tx,
                        {std::string(expire_job), to_string(consent.id),
                         JsonObject{{"person", to_string(consent.person)}}, consent.expires_at});
}

}  // namespace

std::string_view to_string(ConsentState state) {
  switch (state) {
    case ConsentState::requested:
      return "requested";
    case ConsentState::granted:
      return "granted";
    case ConsentState::refused:
      return "refused";
    case ConsentState::withdrawn:
      return "withdrawn";
    case ConsentState::expired:
      return "expired";
  }
  return "";
}

ConsentState parse_state(std::string_view text) {
  for (const auto state : {ConsentState::requested, ConsentState::granted, ConsentState::refused,
                           ConsentState::withdrawn}) {
    if (to_string(state) == text) return state;
  }
  MINBEN_ASSERT(text ==
                to_string(ConsentState::expired));  // the table's check lets nothing else through
  return ConsentState::expired;
}

Result<std::optional<Consent>> find_consent(store::Transaction& tx, ConsentId id, Instant now) {
  MINBEN_TRY(rows, tx.run(find_by_id, id));
  if (rows.empty()) return std::nullopt;
  return consent_of(rows.front(), now);
}

// ----------------------------------------------------------------------------------- changes

Result<ConsentId> MyData::request(store::Transaction& tx, const ConsentRequest& request) {
  const Instant now = impl_->now();
  MINBEN_CHECK(check_request(request, now));
  Consent consent;
  consent.id = ConsentId::make(impl_->parts.clock, impl_->parts.random);
  consent.person = request.person;
  consent.case_id = request.case_id;
  consent.data_request = request.data_request;
  consent.terms = request.terms;
  consent.requested_at = now;
  consent.expires_at = request.answer_by;
  MINBEN_TRY(inserted,
             tx.run(insert_consent, consent.person, consent.id, stored_id(consent.case_id),
                    stored_id(consent.data_request), to_json(consent.terms),
                    request.valid_for.count(), now, consent.expires_at));
  MINBEN_CHECK(schedule_expiry(tx, consent));
  MINBEN_CHECK(leave_trace(*impl_, tx, consent, 1));
  return consent.id;
}

Result<Consent> MyData::Impl::lock_consent(store::Transaction& tx, PersonId person,
                                           ConsentId id) const {
  MINBEN_TRY(rows, tx.run(lock_by_person, person, id));
  if (rows.empty()) return consent_not_found();
  return consent_of(rows.front(), now());
}

Result<void> MyData::Impl::change(store::Transaction& tx, Consent& consent, ConsentState to,
                                  const std::optional<identity::Act>& act) const {
  consent.state = to;
  MINBEN_TRY(rows,
             tx.run(update_consent, consent.person, consent.id, to_string(to),
                    identity::to_string(consent.assurance), consent.expires_at, consent.decided_at,
                    consent.ended_at,
                    consent.act ? std::optional(identity::to_json(*consent.act)) : std::nullopt));
  if (to == ConsentState::granted) {
    MINBEN_CHECK(schedule_expiry(tx, consent));
  } else {
    MINBEN_CHECK(store::cancel_job(tx, expire_job, to_string(consent.id)));
    if (!consent.data_request.is_nil()) MINBEN_CHECK(drop(tx, consent));
  }
  return leave_trace(*this, tx, consent, static_cast<int>(rows.front().integer("changes")), act);
}

Result<void> MyData::Impl::decide(store::Transaction& tx, PersonId person, ConsentId id,
                                  ConsentState to, const identity::Authority& by) const {
  MINBEN_TRY(rows, tx.run(lock_by_person, person, id));
  if (rows.empty()) return consent_not_found();
  Consent consent = consent_of(rows.front(), now());
  if (consent.state != ConsentState::requested) {
    return fail(Kind::conflict, "consent_not_open",
                fmt::format("it is {}", to_string(consent.state)));
  }
  consent.decided_at = now();
  if (to == ConsentState::granted)
    consent.expires_at = now() + minutes(rows.front().integer("valid_for_min"));
  consent.assurance = by.assurance;
  consent.act = by.act;
  return change(tx, consent, to, by.act);
}

Result<void> MyData::grant(store::Transaction& tx, PersonId person, ConsentId id,
                           const identity::Authority& by) {
  return impl_->decide(tx, person, id, ConsentState::granted, by);
}

Result<void> MyData::refuse(store::Transaction& tx, PersonId person, ConsentId id,
                            const identity::Authority& by) {
  return impl_->decide(tx, person, id, ConsentState::refused, by);
}

Result<void> MyData::withdraw(store::Transaction& tx, PersonId person, ConsentId id,
                              const std::optional<identity::Act>& act) {
  MINBEN_TRY(consent, impl_->lock_consent(tx, person, id));
  if (consent.state == ConsentState::withdrawn) return {};
  if (consent.state != ConsentState::granted) {
    return fail(Kind::conflict, "consent_not_granted",
                fmt::format("it is {}", to_string(consent.state)));
  }
  consent.ended_at = impl_->now();
  return impl_->change(tx, consent, ConsentState::withdrawn, act);
}

/// Writes down what the clock has already decided.
Result<void> MyData::Impl::expire(store::Transaction& tx, const store::Job& job) const {
  MINBEN_TRY(id, ConsentId::parse(job.key));
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(rows, tx.run(lock_by_person, person, id));
  if (rows.empty()) return {};
  const ConsentState written = parse_state(rows.front().text("state"));
  Consent consent = consent_of(rows.front(), now());
  if (consent.state != ConsentState::expired || written == ConsentState::expired) return {};
  return change(tx, consent, ConsentState::expired, {});
}

Result<void> MyData::end_consents_of(store::Transaction& tx, PersonId person) {
  MINBEN_TRY(rows, tx.run(lock_open, person));
  for (const store::Row row : rows) {
    Consent consent = consent_of(row, impl_->now());
    if (consent.state != ConsentState::expired) consent.ended_at = impl_->now();
    MINBEN_CHECK(impl_->change(tx, consent, ConsentState::expired, {}));
  }
  return {};
}

void MyData::work_in(store::Workers& workers) {
  workers.on(std::string(expire_job), [this](store::Transaction& tx, const store::Job& job) {
    return impl_->expire(tx, job);
  });
  impl_->show_held_in(workers);
}

// ----------------------------------------------------------------------------------- reading

Result<Consent> MyData::consent(store::Transaction& tx, PersonId person, ConsentId id) const {
  MINBEN_TRY(rows, tx.run(find_by_person, person, id));
  if (rows.empty()) return consent_not_found();
  return consent_of(rows.front(), impl_->now());
}

Result<std::vector<Consent>> MyData::consents_of(store::Transaction& tx, PersonId person,
                                                 std::optional<CaseId> case_id) const {
  MINBEN_TRY(rows, tx.run(of_person, person, case_id));
  std::vector<Consent> out;
  for (const store::Row row : rows) out.push_back(consent_of(row, impl_->now()));
  return out;
}

Result<std::vector<ConsentChange>> MyData::history(store::Transaction& tx, PersonId person,
                                                   ConsentId id) const {
  MINBEN_TRY(rows, tx.run(changes_of, person, id));
  if (rows.empty()) return consent_not_found();
  std::vector<ConsentChange> out;
  std::vector<ledger::EntryId> entries;
  for (const store::Row row : rows) {
    entries.push_back(row.id<ledger::EntryId>("entry_id"));
    out.push_back({static_cast<int>(row.integer("sequence")), parse_state(row.text("state")),
                   row.instant("at"), stored(identity::parse_assurance(row.text("assurance"))),
                   row.is_null("act") ? std::nullopt : identity::act_from(row.json("act")),
                   entries.back()});
  }
  MINBEN_TRY(positions, impl_->parts.commitments.positions_of(tx, entries));
  for (ConsentChange& change : out)
    if (const auto found = positions.find(change.entry); found != positions.end())
      change.position = found->second;
  return out;
}

Result<std::string> MyData::change_receipt(store::Transaction& tx, PersonId person, ConsentId id,
                                           int sequence) const {
  MINBEN_TRY(rows, tx.run(find_change, person, id, sequence));
  if (rows.empty()) return consent_not_found();
  const store::Row row = rows.front();
  return impl_->parts.commitments.receipt(tx, impl_->parts.logs,
                                          row.id<ledger::EntryId>("entry_id"), row.json("content"));
}

}  // namespace minben::mydata
