// Data requests from their arrival to the question.
#include "requests_impl.hpp"

#include <spdlog/spdlog.h>

#include "settings_reader.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr Query insert_request{"mydata_insert_request", R"(
  insert into mydata.data_request (client_id, id, tx_id, mode, person_id, state, return_url, agency, whose,
    created_at, answer_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (client_id, tx_id) do nothing)"};
constexpr Query insert_item{"mydata_insert_request_item", R"(
  insert into mydata.request_item (client_id, request_id, resource_id, position, state, item, subject_id)
  values ($1, $2, $3, $4, 'asked', $5, $6))"};
constexpr Query set_consent{"mydata_set_item_consent", R"(
  update mydata.request_item set consent_id = $4
  where client_id = $1 and request_id = $2 and item = $3)"};
constexpr Query set_open{"mydata_open_request", R"(
  update mydata.data_request set state = 'open', person_id = $3 where client_id = $1 and id = $2)"};
constexpr Query set_closed{"mydata_close_request", R"(
  update mydata.data_request set state = 'closed', code = $3, sealed_ticket = null, sealed_file = null,
    barcode_hash = null, otp_hash = null
  where client_id = $1 and id = $2)"};
constexpr Query drop_contents{"mydata_drop_contents", R"(
  update mydata.request_item set content = null where client_id = $1 and request_id = $2)"};

constexpr std::string_view whose_purpose = "mydata.whose";

Arrived refused(int code, std::string_view return_url) {
  return {{}, code, std::string(return_url)};
}

}  // namespace

DataRequests::DataRequests(RequestParts parts, RequestConfig config)
    : impl_(std::make_unique<Impl>(parts, std::move(config))) {}
DataRequests::~DataRequests() = default;

/// Everything that can be said before the database is asked; code 200 when nothing is wrong.
Result<Arrived> DataRequests::Impl::check_arrival(const Arrival& arrival,
                                                  const KnownProvider& provider,
                                                  std::vector<std::string>& resources) const {
  const ServiceProvider& asking = provider.settings;
  const std::string_view back = arrival.return_url;
  if (std::ranges::find(asking.return_urls, back) == asking.return_urls.end())
    return refused(404, "");
  if (asking.suspended) return refused(423, back);
  auto ids = read_resource_ids(arrival.resources);
  if (!ids || !is_public_name(arrival.tx_id)) return refused(400, back);
  for (const std::string& id : *ids) {
    const Resource* resource = parts.catalogue.find(id);
    const bool registered =
        std::ranges::find(asking.resources, id) != asking.resources.end() && resource != nullptr &&
        std::ranges::find(resource->purposes, asking.purpose_code) != resource->purposes.end();
    if (!registered) return refused(401, back);
    if (resource->ended) return refused(501, back);
  }
  resources = std::move(*ids);
  return refused(200, back);
}

Result<Arrived> DataRequests::arrive(const Arrival& arrival) {
  const auto provider = impl_->parts.providers.find(arrival.client_id);
  if (!provider && provider.error().kind == Kind::not_found) return refused(403, "");
  if (!provider) return std::unexpected(provider.error());
  std::vector<std::string> resources;
  MINBEN_TRY(checked, impl_->check_arrival(arrival, **provider, resources));
  if (checked.code != 200) return checked;
  const Instant now = impl_->now();
  const auto pid = open_pid(**provider, arrival.pid, now);
  if (!pid) return refused(400, arrival.return_url);
  RequestRow row;
  row.view.id = DataRequestId::make(impl_->parts.clock, impl_->parts.random);
  row.view.client_id = arrival.client_id;
  row.view.tx_id = arrival.tx_id;
  row.view.return_url = arrival.return_url;
  row.view.answer_by = now + impl_->config.answer_within;
  row.whose = impl_->hash_of(whose_purpose, *pid);
  const auto inserted = impl_->parts.database.transact(
      [&](store::Transaction& tx) { return impl_->insert(tx, row, resources); });
  if (!inserted && inserted.error().code == "tx_id_used") return refused(403, arrival.return_url);
  if (!inserted) return std::unexpected(inserted.error());
  return Arrived{row.view.id, 200, row.view.return_url};
}

Result<void> DataRequests::Impl::insert(store::Transaction& tx, const RequestRow& row,
                                        const std::vector<std::string>& resources,
                                        const std::vector<PersonId>& whose) {
  const DataRequest& view = row.view;
  const bool known = !row.person.is_nil();
  MINBEN_TRY(rows, tx.run(insert_request, view.client_id, view.id, view.tx_id, to_string(view.mode),
                          known ? std::optional(row.person) : std::nullopt,
                          known ? "open" : "arrived", view.return_url, view.agency,
                          row.whose.empty() ? std::nullopt : std::optional(row.whose), now(),
                          view.answer_by));
  if (rows.affected() == 0) return fail(Kind::conflict, "tx_id_used");
  int position = 0;
  // Of the request's own person the subject is not written: nobody is known yet where it arrives.
  const std::vector<PersonId> subjects = whose.empty() ? std::vector{row.person} : whose;
  for (const PersonId& subject : subjects)
    for (const std::string& resource : resources) {
      const bool own = subject == row.person;
      const std::string key = own ? resource : fmt::format("{}@{}", resource, to_string(subject));
      MINBEN_CHECK(tx.run(insert_item, view.client_id, view.id, resource, position++, key,
                          own ? std::nullopt : std::optional(subject)));
    }
  return store::enqueue(tx,
                        {std::string(end_job), to_string(view.id), JsonObject{}, view.answer_by});
}

Result<DataRequestId> DataRequests::begin(PersonId person, DeliveryMode mode,
                                          const std::vector<std::string>& resources,
                                          const AgencyCode& agency,
                                          const std::vector<PersonId>& whose) {
  MINBEN_ASSERT(mode != DeliveryMode::service);
  const std::vector<PersonId> subjects = whose.empty() ? std::vector{person} : whose;
  if (resources.empty() || resources.size() * subjects.size() > 32)
    return fail(Kind::invalid, "resources_missing", "1 to 32 things", "resource");
  const std::string purpose = fmt::format("mydata.{}", to_string(mode));
  for (const std::string& id : resources) {
    const Resource* resource = impl_->parts.catalogue.find(id);
    if (resource == nullptr || resource->ended || std::ranges::count(resources, id) != 1 ||
        std::ranges::find(resource->purposes, purpose) == resource->purposes.end())
      return fail(Kind::invalid, "unknown_resource", "not offered for this", "resource");
  }
  RequestRow row;
  row.view.id = DataRequestId::make(impl_->parts.clock, impl_->parts.random);
  row.view.tx_id = to_string(row.view.id);
  row.view.mode = mode;
  row.view.agency = agency;
  row.view.answer_by = impl_->now() + impl_->config.answer_within;
  row.person = person;
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<DataRequestId> {
    for (const PersonId& subject : subjects) {
      if (std::ranges::count(subjects, subject) != 1)
        return fail(Kind::invalid, "people_twice", "each person once", "whose");
      if (subject != person) MINBEN_CHECK(impl_->authority_over(tx, person, subject));
      MINBEN_CHECK(impl_->national_id_of(tx, subject));
    }
    MINBEN_CHECK(impl_->insert(tx, row, resources, subjects));
    MINBEN_TRY(made, impl_->by_id(tx, row.view.id));
    MINBEN_CHECK(impl_->ask_consents(tx, made));
    return row.view.id;
  });
}

Result<identity::Act> DataRequests::Impl::authority_over(store::Transaction& tx, PersonId person,
                                                         PersonId subject) const {
  if (parts.mandates == nullptr) return fail(Kind::forbidden, "no_mandate", "", "whose");
  return parts.mandates->authority_over(tx, person, subject);
}

Result<std::string> DataRequests::Impl::national_id_of(store::Transaction& tx,
                                                       PersonId person) const {
  // A number that somebody only claims would open another person's registers.
  MINBEN_TRY(proven, parts.identity.proven(tx, person));
  MINBEN_TRY(found, parts.identity.person(tx, person));
  if (proven.identity_level < 2 || found.profile.national_id.empty())
    return fail(Kind::conflict, "identity_not_proven", "registers find people by a proven number");
  return found.profile.national_id;
}

Result<ConsentTerms> DataRequests::Impl::terms_of(const RequestRow& row, const Resource& resource) {
  ConsentTerms terms;
  terms.provider = resource.provider;
  terms.subsystem = resource.subsystem;
  terms.service = resource.service;
  terms.title = resource.title;
  terms.fields = resource.fields;
  terms.recipient_subsystem = config.subsystem;
  if (row.view.mode == DeliveryMode::service) {
    MINBEN_TRY(provider, parts.providers.find(row.view.client_id));
    const ServiceProvider& asking = provider->settings;
    terms.recipient = asking.recipient;
    terms.recipient_subsystem = asking.recipient_subsystem;
    terms.receiver = asking.name;
    terms.purpose_code = asking.purpose_code;
    terms.purpose = asking.purpose;
    terms.legal_basis = asking.legal_basis;
    terms.retention_days = asking.retention_days;
    return terms;
  }
  const bool counter = row.view.mode == DeliveryMode::counter;
  terms.recipient = counter ? row.view.agency : config.operator_agency;
  terms.purpose_code = fmt::format("mydata.{}", to_string(row.view.mode));
  terms.purpose = counter ? Bilingual{"於機關櫃檯提出", "To be shown at an agency's counter"}
                          : Bilingual{"交付本人", "To be handed to the person"};
  terms.legal_basis = {"個人資料保護法第3條、第10條",
                       "Personal Data Protection Act, Art. 3 and 10"};
  terms.retention_days = 1;
  return terms;
}

Result<void> DataRequests::Impl::ask_consents(store::Transaction& tx, RequestRow& row) {
  for (RequestItem& item : row.view.items) {
    const Resource* resource = parts.catalogue.find(item.resource_id);
    if (resource == nullptr) return fail(Kind::conflict, "unknown_resource", "no longer offered");
    MINBEN_TRY(terms, terms_of(row, *resource));
    ConsentRequest request;
    request.person = item.subject;
    request.data_request = row.view.id;
    request.terms = std::move(terms);
    request.answer_by = row.view.answer_by;
    request.valid_for = config.keep;
    MINBEN_TRY(consent, parts.mydata.request(tx, request));
    MINBEN_CHECK(tx.run(set_consent, row.view.client_id, row.view.id, item.key, consent));
    item.consent = consent;
  }
  return {};
}

Result<void> DataRequests::Impl::close(store::Transaction& tx, const RequestRow& row,
                                       int code) const {
  MINBEN_CHECK(tx.run(set_closed, row.view.client_id, row.view.id, code));
  MINBEN_CHECK(tx.run(drop_contents, row.view.client_id, row.view.id));
  MINBEN_CHECK(store::cancel_job(tx, end_job, to_string(row.view.id)));
  spdlog::info("mydata.request_closed request={} client={} code={}", to_string(row.view.id),
               row.view.client_id, code);
  return tell_changed(tx, row);
}

/// When the time to answer is over.
Result<void> DataRequests::Impl::close_unanswered(store::Transaction& tx, RequestRow& row) {
  const bool waits =
      row.view.state == RequestState::arrived || row.view.state == RequestState::open;
  if (!waits || now() < row.view.answer_by) return {};
  MINBEN_CHECK(close(tx, row, 408));
  row.view.state = RequestState::closed;
  row.view.code = 408;
  return {};
}

Result<DataRequest> DataRequests::open(PersonId person, DataRequestId id) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<DataRequest> {
    MINBEN_TRY(row, impl_->by_id(tx, id));
    if (!row.person.is_nil() && row.person != person) return no_such_request();
    return impl_->open_for(tx, std::move(row), person);
  });
}

Result<DataRequest> DataRequests::Impl::open_for(store::Transaction& tx, RequestRow row,
                                                 PersonId person) {
  MINBEN_CHECK(close_unanswered(tx, row));
  if (row.view.state != RequestState::arrived) return row.view;
  MINBEN_TRY(national_id, national_id_of(tx, person));
  if (row.whose != hash_of(whose_purpose, national_id)) {
    MINBEN_CHECK(close(tx, row, 409));
    row.view.state = RequestState::closed;
    row.view.code = 409;
    return row.view;
  }
  MINBEN_CHECK(tx.run(set_open, row.view.client_id, row.view.id, person));
  row.person = person;
  for (RequestItem& item : row.view.items) item.subject = person;
  row.view.state = RequestState::open;
  MINBEN_CHECK(ask_consents(tx, row));
  return row.view;
}

}  // namespace minben::mydata
