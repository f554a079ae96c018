// Handing on: with a ticket, as a file, at a counter.
#include <spdlog/spdlog.h>

#include "exchange/zip.hpp"
#include "requests_impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr Query find_ticket{"mydata_find_ticket",
                            "select * from mydata.data_request where ticket_hash = $1 for update"};
constexpr Query find_barcode{
    "mydata_find_barcode", "select * from mydata.data_request where barcode_hash = $1 for update"};
constexpr Query share_consent{"mydata_share_item_consent", R"(
  select 1 as one from mydata.consent where person_id = $1 and id = $2 for share)"};
constexpr Query item_content{"mydata_item_content", R"(
  select content from mydata.request_item where client_id = $1 and request_id = $2 and item = $3)"};
constexpr Query set_delivered{"mydata_set_delivered", R"(
  update mydata.data_request set delivered_at = coalesce(delivered_at, $3) where client_id = $1 and id = $2)"};
constexpr Query set_file{"mydata_set_file", R"(
  update mydata.data_request set sealed_file = $3, code = 200 where client_id = $1 and id = $2)"};
constexpr Query get_file{"mydata_get_file", R"(
  select sealed_file from mydata.data_request where client_id = $1 and id = $2)"};
constexpr Query set_barcode{"mydata_set_barcode", R"(
  update mydata.data_request set barcode_hash = $3, barcode_until = $4, otp_hash = null, otp_until = null
  where client_id = $1 and id = $2)"};
constexpr Query void_barcode{"mydata_void_barcode", R"(
  update mydata.data_request set barcode_hash = null, otp_hash = null where client_id = $1 and id = $2)"};
constexpr Query count_try{"mydata_count_otp_try", R"(
  update mydata.data_request set otp_tries = otp_tries + 1 where client_id = $1 and id = $2)"};

// Without letters and digits that are taken for one another.
constexpr std::string_view passphrase_letters = "abcdefghjkmnpqrstuvwxyz23456789";
constexpr int passphrase_groups = 5;  // 20 letters of 31: 99 bits

std::string make_passphrase(Random& random) {
  std::string out;
  for (int group = 0; group < passphrase_groups; ++group) {
    if (group > 0) out += '-';
    for (int i = 0; i < 4; ++i) out += passphrase_letters[random.below(passphrase_letters.size())];
  }
  return out;
}

int code_of(ItemState state) {
  switch (state) {
    case ItemState::ready:
      return 200;
    case ItemState::over_quota:
      return 206;
    case ItemState::failed:
      return 504;
    default:
      return 205;
  }
}

bool any_ready(const std::vector<Packed>& items) {
  return std::ranges::any_of(items, [](const Packed& item) { return item.code == 200; });
}

/// The files of all items, each below the name of its resource, and of whose it is.
Result<std::vector<exchange::ZipEntry>> files_of(const std::vector<Packed>& items) {
  std::vector<exchange::ZipEntry> files;
  for (const Packed& item : items) {
    if (item.code != 200) continue;
    MINBEN_TRY(inside, exchange::read_zip(item.content, 64));
    for (exchange::ZipEntry& file : inside)
      files.push_back({fmt::format("{}{}/{}", item.folder, item.resource_id, file.name),
                       std::move(file.content)});
  }
  return files;
}

Result<void> check_ready(const RequestRow& row) {
  if (row.view.state != RequestState::decided)
    return fail(Kind::conflict, "nothing_ready", "not answered yet, or over");
  if (row.view.packing()) return fail(Kind::conflict, "still_packing", "wait a little");
  return {};
}

}  // namespace

Result<std::vector<Packed>> DataRequests::Impl::current(store::Transaction& tx,
                                                        RequestRow& row) const {
  std::vector<Packed> out;
  for (RequestItem& item : row.view.items) {
    if (item.state == ItemState::ready) {
      MINBEN_CHECK(tx.run(share_consent, item.subject, item.consent));
      MINBEN_TRY(consent, parts.mydata.consent(tx, item.subject, item.consent));
      if (consent.state != ConsentState::granted) {
        item.state = ItemState::withdrawn;
        MINBEN_CHECK(set_item(tx, row, item.key, item.state));
      }
    }
    Packed packed{item.resource_id, code_of(item.state), {}, {}, item.subject};
    if (row.view.several_people()) {
      MINBEN_TRY(folder, folder_of(tx, item.subject));
      packed.folder = std::move(folder);
    }
    if (item.state == ItemState::ready) {
      // Read after the consent is locked: a withdrawal has emptied it, or waits for us.
      MINBEN_TRY(rows, tx.run(item_content, row.view.client_id, row.view.id, item.key));
      MINBEN_TRY(content, parts.identity.vault().open(tx, item.subject, item_context,
                                                      rows.front().bytes("content")));
      packed.content = std::move(content);
    }
    out.push_back(std::move(packed));
  }
  return out;
}

Result<Ticket> DataRequests::Impl::ticket_of(const KnownProvider& provider,
                                             const RequestRow& row) const {
  MINBEN_TRY(key, trust::DataKey::from_bytes(provider.secrets.key));
  MINBEN_TRY(bytes, trust::open(key, row.sealed_ticket, "mydata.ticket." + to_string(row.view.id)));
  MINBEN_TRY(json, parse_json(as_text(bytes)));
  trust::wipe(bytes);
  const auto secret = base64url_decode(string_or(json, "secret_key"));
  if (!secret) return fail(Kind::internal, "not_openable", "a ticket");
  return Ticket{string_or(json, "ticket"), *secret};
}

Result<Taken> DataRequests::take(const TicketCall& call) {
  if (call.ticket.empty() || call.ticket.size() > 100) return Taken{.status = 400};
  Impl& impl = *impl_;
  const Bytes hash = impl.hash_of("mydata.ticket", call.ticket);
  return impl.parts.database.transact([&](store::Transaction& tx) -> Result<Taken> {
    MINBEN_TRY(found, impl.by_hash(tx, find_ticket, hash));
    if (!found) return Taken{.status = 401};
    RequestRow& row = *found;
    MINBEN_TRY(provider, impl.parts.providers.find(row.view.client_id));
    const auto refuse = [&](int status, std::string_view why) {
      spdlog::warn("mydata.ticket_refused request={} client={} status={} why={}",
                   to_string(row.view.id), row.view.client_id, status, why);
      return Taken{.status = status};
    };
    const ServiceProvider& client = provider->settings;
    if (client.suspended) return refuse(403, "suspended");
    if (std::ranges::find(client.addresses, call.address) == client.addresses.end())
      return refuse(302, "other_address");
    const bool alone = call.token.empty() && in_force(client.old_forms.ticket_alone, impl.now());
    if (!alone && !equal_in_constant_time(call.token, provider->secrets.data_token))
      return refuse(401, "other_client");
    if (row.view.state == RequestState::closed || !row.view.kept_until ||
        impl.now() >= *row.view.kept_until)
      return refuse(408, "over");
    if (row.view.packing()) return Taken{.status = 429, .retry_after = impl.config.retry_after};
    MINBEN_TRY(items, impl.current(tx, row));
    if (!any_ready(items)) {
      const bool failed = std::ranges::any_of(items, [](const auto& i) { return i.code == 504; });
      return refuse(failed ? 504 : 403, "nothing_left");
    }
    MINBEN_TRY(zip, pack_delivery(items));
    MINBEN_TRY(ticket, impl.ticket_of(*provider, row));
    MINBEN_TRY(jwe, close_delivery(*provider, zip, ticket.secret_key, impl.parts.random));
    MINBEN_CHECK(tx.run(set_delivered, row.view.client_id, row.view.id, impl.now()));
    return Taken{.status = 200, .jwe = std::move(jwe)};
  });
}

// -------------------------------------------------------------------------------- to the person

Result<std::string> DataRequests::make_file(PersonId person, DataRequestId id) {
  Impl& impl = *impl_;
  std::string passphrase = make_passphrase(impl.parts.random);
  MINBEN_CHECK(impl.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl.own(tx, person, id));
    if (row.view.mode != DeliveryMode::download) return no_such_request();
    MINBEN_CHECK(check_ready(row));
    MINBEN_TRY(items, impl.current(tx, row));
    if (!any_ready(items)) return fail(Kind::conflict, "nothing_ready", "nothing was brought");
    MINBEN_TRY(files, files_of(items));
    MINBEN_TRY(zip, exchange::write_encrypted_zip(files, passphrase));
    MINBEN_TRY(sealed, impl.parts.identity.vault().seal(tx, person, file_context, zip));
    MINBEN_CHECK(tx.run(set_file, row.view.client_id, id, sealed));
    return {};
  }));
  return passphrase;
}

Result<std::string> DataRequests::file(PersonId person, DataRequestId id) {
  Impl& impl = *impl_;
  return impl.parts.database.transact([&](store::Transaction& tx) -> Result<std::string> {
    MINBEN_TRY(row, impl.own(tx, person, id));
    const auto none = [] { return fail(Kind::not_found, "no_file", "make one first"); };
    if (!row.view.has_file) return none();
    // What was withdrawn since is in the file too: then it is not given out any more.
    for (const RequestItem& item : row.view.items)
      if (item.state == ItemState::withdrawn) return none();
    MINBEN_TRY(rows, tx.run(get_file, row.view.client_id, id));
    MINBEN_CHECK(tx.run(set_delivered, row.view.client_id, id, impl.now()));
    return impl.parts.identity.vault().open(tx, person, file_context,
                                            rows.front().bytes("sealed_file"));
  });
}

// --------------------------------------------------------------------------------- at a counter

Result<std::string> DataRequests::new_barcode(PersonId person, DataRequestId id) {
  Impl& impl = *impl_;
  const std::string digits = fmt::format("{:012}", impl.parts.random.below(1'000'000'000'000));
  MINBEN_CHECK(impl.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl.own(tx, person, id));
    if (row.view.mode != DeliveryMode::counter) return no_such_request();
    if (row.view.delivered_at) return fail(Kind::conflict, "already_delivered", "once only");
    MINBEN_CHECK(check_ready(row));
    MINBEN_TRY(items, impl.current(tx, row));
    if (!any_ready(items)) return fail(Kind::conflict, "nothing_ready", "nothing was brought");
    MINBEN_CHECK(tx.run(set_barcode, row.view.client_id, id, impl.hash_of("mydata.barcode", digits),
                        impl.now() + impl.config.barcode_lifetime));
    return {};
  }));
  return digits;
}

Result<DataRequestId> DataRequests::scan(const AgencyCode& agency, std::string_view barcode) {
  Impl& impl = *impl_;
  std::string digits;
  for (const char c : barcode)
    if (c >= '0' && c <= '9') digits += c;
  const auto unknown = [] {
    return fail(Kind::not_found, "no_such_barcode", "wrong, too old, or for another agency");
  };
  if (digits.size() != 12) return unknown();
  const Bytes hash = impl.hash_of("mydata.barcode", digits);
  return impl.parts.database.transact([&](store::Transaction& tx) -> Result<DataRequestId> {
    MINBEN_TRY(found, impl.by_hash(tx, find_barcode, hash));
    const bool good = found && found->view.agency == agency && found->view.barcode_until &&
                      impl.now() < *found->view.barcode_until && !found->view.delivered_at;
    if (!good) return unknown();
    const std::string id = to_string(found->view.id);
    MINBEN_CHECK(store::enqueue(
        tx, {std::string(mail_job), "otp:" + id, JsonObject{{"kind", "otp"}, {"request", id}}}));
    return found->view.id;
  });
}

/// A name as the start of a path: no separators, no dots in front.
Result<std::string> DataRequests::Impl::folder_of(store::Transaction& tx, PersonId subject) const {
  MINBEN_TRY(found, parts.identity.person(tx, subject));
  std::string folder;
  for (const char c : found.profile.name)
    if (c != '/' && c != '\\' && c != '.' && static_cast<unsigned char>(c) >= ' ') folder += c;
  // Two of one name stay apart.
  return fmt::format("{} {}/", folder, to_string(subject).substr(30));
}

/// In the list of each whose data it was.
Result<void> DataRequests::Impl::record_views(store::Transaction& tx, const RequestRow& row,
                                              const std::vector<Packed>& items,
                                              std::string_view officer_role) const {
  std::map<PersonId, View> views;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Resource* resource = parts.catalogue.find(items[i].resource_id);
    if (items[i].code != 200 || resource == nullptr) continue;
    View& view = views[items[i].subject];
    view.person = items[i].subject;
    view.data_request = row.view.id;
    view.agency = row.view.agency;
    view.officer_role = officer_role;
    for (const Field& field : resource->fields)
      if (std::ranges::find(view.fields, field.name, &Field::name) == view.fields.end())
        view.fields.push_back(field);
    MINBEN_TRY(consent, parts.mydata.consent(tx, view.person, row.view.items[i].consent));
    view.purpose_code = consent.terms.purpose_code;
    view.purpose = consent.terms.purpose;
    view.legal_basis = consent.terms.legal_basis;
  }
  for (const auto& [person, view] : views) MINBEN_CHECK(parts.mydata.record_view(tx, view));
  return {};
}

/// The clerk's look is a use, in the same transaction.
Result<CounterFile> DataRequests::Impl::give_to_clerk(store::Transaction& tx, RequestRow& row,
                                                      std::string_view officer_role) const {
  MINBEN_CHECK(check_ready(row));
  MINBEN_TRY(items, current(tx, row));
  if (!any_ready(items)) return fail(Kind::conflict, "nothing_ready", "withdrawn meanwhile");
  MINBEN_TRY(files, files_of(items));
  MINBEN_TRY(zip, exchange::write_zip(files));
  MINBEN_CHECK(tx.run(set_delivered, row.view.client_id, row.view.id, now()));
  MINBEN_CHECK(tx.run(void_barcode, row.view.client_id, row.view.id));
  MINBEN_CHECK(record_views(tx, row, items, officer_role));
  return CounterFile{fmt::format("mydata-{}.zip", to_string(row.view.id)), std::move(zip)};
}

Result<CounterFile> DataRequests::hand_over(const AgencyCode& agency, DataRequestId id,
                                            std::string_view code, std::string_view officer_role) {
  Impl& impl = *impl_;
  // A wrong code is counted, so the transaction must commit then too.
  std::optional<Error> wrong;
  const auto done =
      impl.parts.database.transact([&](store::Transaction& tx) -> Result<CounterFile> {
        wrong.reset();
        MINBEN_TRY(row, impl.by_id(tx, id));
        if (row.view.mode != DeliveryMode::counter || row.view.agency != agency)
          return no_such_request();
        if (row.view.delivered_at) return fail(Kind::conflict, "already_delivered", "once only");
        if (row.otp_hash.empty() || !row.otp_until || impl.now() >= *row.otp_until ||
            row.otp_tries >= impl.config.otp_tries)
          return fail(Kind::unauthorised, "code_expired", "scan the barcode again");
        const Bytes given = impl.hash_of("mydata.otp", to_string(id) + std::string(trim(code)));
        if (!equal_in_constant_time(given, row.otp_hash)) {
          MINBEN_CHECK(tx.run(count_try, row.view.client_id, id));
          wrong = fail(Kind::unauthorised, "wrong_code", "not that code").error();
          return CounterFile{};
        }
        return impl.give_to_clerk(tx, row, officer_role);
      });
  if (done && wrong) return fail(*wrong);
  return done;
}

}  // namespace minben::mydata
