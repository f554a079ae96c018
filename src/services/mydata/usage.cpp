// Who used a person's data: records from gateways, officers' views, and the list the person sees.
#include "exchange/exchange.hpp"
#include "impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr std::string_view commitment_type = "usage";
constexpr std::string_view held_type = "usage-held";
constexpr std::string_view show_job = "mydata.show_use";
constexpr std::size_t max_view_fields = 256;
constexpr int max_page = 200;

constexpr Query usages_page{"mydata_usages_of", R"(
  select id, person_id, content, entry_id from mydata.usage
  where person_id = $1 and at >= $2 and ($3::timestamptz is null or at < $3)
    and (shown_from is null or shown_from <= $6) and ($4::uuid is null or (at, id) < (select at, id from mydata.usage where person_id = $1 and id = $4))
  order by at desc, id desc limit $5)"};
constexpr Query find_usage{"mydata_find_usage",
                           "select content, entry_id from mydata.usage where person_id = $1 and id "
                           "= $2 and (shown_from is "
                           "null or shown_from <= $3)"};
constexpr Query find_contents{"mydata_find_usage_contents", R"(
  select coalesce(series_entry_id, entry_id) as entry_id, content from mydata.usage
  where person_id = $1 and coalesce(series_entry_id, entry_id) = any($2::text[]::uuid[]))"};
constexpr Query insert_usage{"mydata_insert_usage", R"(
  insert into mydata.usage (person_id, id, at, content, shown_from, hold_law)
  values ($1, $2, $3, $4, $5, $6) on conflict do nothing)"};
constexpr Query find_held{"mydata_find_held_usage", R"(
  select content from mydata.usage
  where person_id = $1 and id = $2 and shown_from is not null and series_entry_id is null for update)"};
constexpr Query set_series_entry{
    "mydata_set_usage_series_entry",
    "update mydata.usage set series_entry_id = $3 where person_id = $1 and id = $2"};
constexpr Query count_by_hold{"mydata_count_delayed", R"(
  select hold_law, count(*) filter (where shown_from > $1) as hidden,
    count(*) filter (where shown_from <= $1) as shown
  from mydata.usage where hold_law is not null group by hold_law)"};
constexpr Query set_entry{"mydata_set_usage_entry",
                          "update mydata.usage set entry_id = $3 where person_id = $1 and id = $2"};
constexpr Query insert_unattributed{"mydata_insert_unattributed", R"(
  insert into mydata.unattributed_usage (gateway, id, at, content) values ($1, $2, $3, $4) on conflict do nothing)"};
constexpr Query set_unattributed_entry{"mydata_set_unattributed_entry", R"(
  update mydata.unattributed_usage set entry_id = $3 where gateway = $1 and id = $2)"};

/// The id in the text, or nil: case and consent may be empty in a gateway's record.
template <class I>
I id_or_nil(std::string_view text) {
  return I::parse(text).value_or(I{});
}

std::unexpected<Error> usage_not_found() {
  return fail(Kind::not_found, "usage_not_found", "no such usage of this person's data");
}

Bilingual same_in_both(const std::string& text) { return {text, text}; }

/// The record in our words: titles, purpose and law as the person agreed to them, where there is a
/// consent.
Usage usage_of(const exchange::UsageRecord& record, const std::optional<Consent>& consent) {
  Usage usage;
  usage.id = id_or_nil<UsageId>(record.id);
  usage.kind = UsageKind::fetched;
  usage.agency = {record.consumer.member};
  usage.provider = AgencyCode{record.service.provider.member};
  usage.purpose_code = record.purpose;
  usage.purpose = same_in_both(record.purpose);
  usage.legal_basis = same_in_both(record.legal_basis);
  usage.case_id = id_or_nil<CaseId>(record.case_id);
  usage.at = record.at;
  usage.hold = record.hold;
  for (const std::string& name : record.fields) usage.fields.push_back({name, {}});
  usage.person = id_or_nil<PersonId>(record.person);
  if (!consent) return usage;
  usage.person = consent->person;
  usage.consent = consent->id;
  usage.case_id = consent->case_id;
  usage.legal_basis = consent->terms.legal_basis;
  if (record.purpose == consent->terms.purpose_code) usage.purpose = consent->terms.purpose;
  for (Field& field : usage.fields) {
    const auto agreed = std::ranges::find(consent->terms.fields, field.name, &Field::name);
    if (agreed != consent->terms.fields.end()) field.title = agreed->title;
  }
  return usage;
}

/// The gateway's own evidence goes into the commitment too. X-Road-UserId does not: it may name an
/// officer.
Json exchange_part(const exchange::UsageRecord& record) {
  return JsonObject{{"gateway", record.gateway.value},
                    {"consumer", exchange::to_string(record.consumer)},
                    {"service", exchange::to_string(record.service)},
                    {"method", record.method},
                    {"status", record.status},
                    {"exchange_id", record.exchange_id},
                    {"request_hash", record.request_hash},
                    {"response_sha256", record.response_sha256}};
}

Result<void> keep_unattributed(const Parts& parts, store::Transaction& tx,
                               const std::string& gateway, const Usage& usage,
                               const Json& content) {
  MINBEN_TRY(inserted, tx.run(insert_unattributed, gateway, usage.id, usage.at, content));
  if (inserted.affected() == 0) return {};
  MINBEN_TRY(entry, parts.commitments.commit(tx, commitment_type, PersonId{}, content));
  MINBEN_CHECK(tx.run(set_unattributed_entry, gateway, usage.id, entry));
  return {};
}

/// Deny by default: what a person agreed to, or what no law of the list lets wait that long, is not
/// taken over with a hold.
Result<void> check_hold(const Parts& parts, const exchange::UsageRecord& record) {
  if (!record.hold) return {};
  const auto law = std::ranges::find(parts.delays, record.hold->law, &DelayLaw::law);
  const bool known = law != parts.delays.end() && record.basis == exchange::Basis::law &&
                     record.hold->until >= record.at &&
                     record.hold->until <= record.at + days(law->most_days);
  if (known) return {};
  return fail(Kind::invalid, "no_such_delay",
              fmt::format("no law of this platform's list holds the use back until {}",
                          to_string(record.hold->until)),
              "hold");
}

Result<void> check_view(const View& view) {
  const auto bad = [](std::string_view field) {
    return fail(Kind::invalid, "bad_view", "missing or too long", field);
  };
  if (view.person.is_nil()) return bad("person");
  if (view.case_id.is_nil() && view.data_request.is_nil()) return bad("case_id");
  if (!is_code(view.agency.value)) return bad("agency");
  if (!is_code(view.officer_role)) return bad("officer_role");
  if (view.fields.empty() || view.fields.size() > max_view_fields) return bad("fields");
  if (view.purpose_code.empty()) return bad("purpose_code");
  return {};
}

}  // namespace

std::string_view to_string(UsageKind kind) {
  return kind == UsageKind::fetched ? "fetched" : "viewed";
}

Json content_of(const Usage& usage) {
  JsonObject out{{"usage", to_string(usage.id)},
                 {"kind", to_string(usage.kind)},
                 {"at", to_string(usage.at)},
                 {"agency", usage.agency.value},
                 {"provider", usage.provider ? usage.provider->value : ""},
                 {"officer_role", usage.officer_role},
                 {"fields", to_json(usage.fields)},
                 {"purpose_code", usage.purpose_code},
                 {"purpose", to_json(usage.purpose)},
                 {"legal_basis", to_json(usage.legal_basis)},
                 {"case", usage.case_id.is_nil() ? "" : to_string(usage.case_id)},
                 {"consent", usage.consent ? to_string(*usage.consent) : ""}};
  if (usage.hold)
    out["hold"] = JsonObject{{"law", usage.hold->law}, {"until", to_string(usage.hold->until)}};
  return out;
}

Usage usage_of(PersonId person, const Json& content) {
  Usage usage;
  usage.id = stored(UsageId::parse(string_or(content, "usage")));
  usage.person = person;
  usage.kind = string_or(content, "kind") == to_string(UsageKind::viewed) ? UsageKind::viewed
                                                                          : UsageKind::fetched;
  usage.at = stored(parse_instant(string_or(content, "at")));
  usage.agency = {string_or(content, "agency")};
  if (auto provider = string_or(content, "provider"); !provider.empty())
    usage.provider = AgencyCode{provider};
  usage.officer_role = string_or(content, "officer_role");
  usage.fields = fields_from(find(content, "fields"));
  usage.purpose_code = string_or(content, "purpose_code");
  usage.purpose = bilingual_from(find(content, "purpose"));
  usage.legal_basis = bilingual_from(find(content, "legal_basis"));
  usage.case_id = id_or_nil<CaseId>(string_or(content, "case"));
  if (const auto consent = id_or_nil<ConsentId>(string_or(content, "consent")); !consent.is_nil())
    usage.consent = consent;
  if (const Json* hold = find(content, "hold"))
    usage.hold =
        exchange::Hold{string_or(*hold, "law"), stored(parse_instant(string_or(*hold, "until")))};
  return usage;
}

namespace {

Result<void> tell(store::Transaction& tx, std::string_view topic, const Usage& usage) {
  return store::publish(tx, topic, to_string(usage.id),
                        JsonObject{{"usage", to_string(usage.id)},
                                   {"kind", to_string(usage.kind)},
                                   {"agency", usage.agency.value}});
}

}  // namespace

Result<void> record_usage(store::Transaction& tx, const ledger::Commitments& commitments,
                          const Usage& usage, const Json& content) {
  const bool held = usage.hold && usage.hold->until > tx.now();
  MINBEN_TRY(inserted, tx.run(insert_usage, usage.person, usage.id, usage.at, content,
                              held ? std::optional(usage.hold->until) : std::nullopt,
                              usage.hold ? std::optional(usage.hold->law) : std::nullopt));
  if (inserted.affected() == 0) return {};
  // Each in a series of its own: numbers in a common one would tell of others that are held longer.
  const std::string type =
      held ? fmt::format("{}.{}", held_type, to_string(usage.id)) : std::string(commitment_type);
  MINBEN_TRY(entry, commitments.commit(tx, type, usage.person, content));
  MINBEN_CHECK(tx.run(set_entry, usage.person, usage.id, entry));
  if (held)
    MINBEN_CHECK(
        store::enqueue(tx, {std::string(show_job), to_string(usage.id),
                            JsonObject{{"person", to_string(usage.person)}}, usage.hold->until}));
  return tell(tx, held ? held_type : commitment_type, usage);
}

/// It shows by the clock, whether or not this runs; what this adds is its place in the series.
Result<void> MyData::Impl::show_held(store::Transaction& tx, const store::Job& job) const {
  MINBEN_TRY(id, UsageId::parse(job.key));
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(rows, tx.run(find_held, person, id));
  if (rows.empty()) return {};
  const Json content = rows.front().json("content");
  MINBEN_TRY(entry, parts.commitments.commit(tx, commitment_type, person, content));
  MINBEN_CHECK(tx.run(set_series_entry, person, id, entry));
  return tell(tx, commitment_type, usage_of(person, content));
}

void MyData::Impl::show_held_in(store::Workers& workers) const {
  workers.on(std::string(show_job),
             [this](store::Transaction& tx, const store::Job& job) { return show_held(tx, job); });
}

Result<std::vector<UsageId>> MyData::ingest(store::Transaction& tx,
                                            std::string_view signed_records) {
  MINBEN_TRY(records, exchange::verify_usage(signed_records, impl_->parts.member_keys));
  std::vector<UsageId> ids;
  for (const exchange::UsageRecord& record : records) {
    MINBEN_TRY(id, impl_->take_over(tx, record));
    ids.push_back(id);
  }
  return ids;
}

Result<UsageId> MyData::Impl::take_over(store::Transaction& tx,
                                        const exchange::UsageRecord& record) const {
  MINBEN_CHECK(check_hold(parts, record));
  std::optional<Consent> consent;
  if (const auto id = id_or_nil<ConsentId>(record.consent); !id.is_nil()) {
    MINBEN_TRY(found, find_consent(tx, id, now()));
    consent = std::move(found);
  }
  const Usage usage = usage_of(record, consent);
  if (usage.id.is_nil()) return fail(Kind::invalid, "bad_usage_record", "its id is no UUID", "id");
  Json content = content_of(usage);
  content.get_object()["exchange"] = exchange_part(record);
  if (usage.person.is_nil()) {
    MINBEN_CHECK(keep_unattributed(parts, tx, record.gateway.value, usage, content));
  } else {
    MINBEN_CHECK(record_usage(tx, parts.commitments, usage, content));
  }
  return usage.id;
}

Result<UsageId> MyData::record_view(store::Transaction& tx, const View& view) {
  MINBEN_CHECK(check_view(view));
  Usage usage;
  usage.id = UsageId::make(impl_->parts.clock, impl_->parts.random);
  usage.person = view.person;
  usage.kind = UsageKind::viewed;
  usage.agency = view.agency;
  usage.officer_role = view.officer_role;
  usage.fields = view.fields;
  usage.purpose_code = view.purpose_code;
  usage.purpose = view.purpose;
  usage.legal_basis = view.legal_basis;
  usage.case_id = view.case_id;
  usage.at = impl_->now();
  MINBEN_CHECK(record_usage(tx, impl_->parts.commitments, usage, content_of(usage)));
  return usage.id;
}

Result<std::vector<Usage>> MyData::usages_of(store::Transaction& tx, PersonId person,
                                             const Period& period, const Page& page) const {
  MINBEN_TRY(rows, tx.run(usages_page, person, period.from, period.until, page.before,
                          std::clamp(page.limit, 1, max_page), tx.now()));
  std::vector<ledger::EntryId> entries;
  for (const store::Row row : rows) entries.push_back(row.id<ledger::EntryId>("entry_id"));
  MINBEN_TRY(positions, impl_->parts.commitments.positions_of(tx, entries));
  std::vector<Usage> out;
  for (int i = 0; i < rows.size(); ++i) {
    out.push_back(usage_of(person, rows[i].json("content")));
    const auto found = positions.find(entries[static_cast<std::size_t>(i)]);
    if (found != positions.end()) out.back().position = found->second;
  }
  return out;
}

Result<Usage> MyData::usage(store::Transaction& tx, PersonId person, UsageId id) const {
  MINBEN_TRY(rows, tx.run(find_usage, person, id, tx.now()));
  if (rows.empty()) return usage_not_found();
  return usage_of(person, rows.front().json("content"));
}

Result<std::string> MyData::receipt_of(store::Transaction& tx, PersonId person, UsageId id) const {
  MINBEN_TRY(rows, tx.run(find_usage, person, id, tx.now()));
  if (rows.empty()) return usage_not_found();
  const store::Row row = rows.front();
  return impl_->parts.commitments.receipt(tx, impl_->parts.logs,
                                          row.id<ledger::EntryId>("entry_id"), row.json("content"));
}

Result<std::string> MyData::receipts_of(store::Transaction& tx, PersonId person,
                                        std::uint64_t from) const {
  const ledger::Commitments& commitments = impl_->parts.commitments;
  MINBEN_TRY(series, commitments.series(tx, person, commitment_type, from));
  std::vector<std::string> ids;
  for (const ledger::Entry& entry : series.part) ids.push_back(to_string(entry.id));
  MINBEN_TRY(rows, tx.run(find_contents, person, ids));
  std::map<ledger::EntryId, Json> contents;
  for (const store::Row row : rows)
    contents[row.id<ledger::EntryId>("entry_id")] = row.json("content");
  return commitments.receipts(tx, impl_->parts.logs, series, commitment_type, contents);
}

Result<std::vector<DelayCount>> MyData::count_delayed(store::Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(count_by_hold, tx.now()));
  std::vector<DelayCount> out;
  for (const DelayLaw& law : impl_->parts.delays) out.push_back({law});
  for (const store::Row row : rows) {
    auto found = std::ranges::find(out, row.text("hold_law"),
                                   [](const DelayCount& each) { return each.law.law; });
    // A law that is no longer in the list: what it held back is counted all the same.
    if (found == out.end())
      found = out.insert(out.end(), DelayCount{{row.text("hold_law"), {}, 0}});
    found->hidden = row.integer("hidden");
    found->shown = row.integer("shown");
  }
  return out;
}

Result<std::uint64_t> MyData::count_uses(store::Transaction& tx, PersonId person) const {
  MINBEN_TRY(series, impl_->parts.commitments.series(tx, person, commitment_type,
                                                     std::numeric_limits<std::int64_t>::max()));
  return series.entries;
}

}  // namespace minben::mydata
