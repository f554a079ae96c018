#include "platform.hpp"

#include <spdlog/spdlog.h>

#include "catalogue/catalogue.hpp"
#include "data_document.hpp"
#include "datastore/datastore.hpp"
#include "documents/sweep.hpp"
#include "files.hpp"
#include "harvest/harvest.hpp"
#include "quality/quality.hpp"
#include "streams/streams.hpp"
#include "mydata/delays.hpp"
#include "page/page.hpp"
#include "process/process.hpp"
#include "register_check.hpp"
#include "uploads/uploads.hpp"
#include "voices/voices.hpp"

namespace minben::app {

namespace {
constexpr milliseconds witness_patience{3000};
constexpr milliseconds provider_patience{5000};
constexpr std::size_t largest_provider_answer = 1u << 20;
constexpr milliseconds openid_patience{3000};
constexpr std::size_t max_client_answer = 256u << 10;
constexpr days outbox_kept{30};  ///< events that every subscriber has seen

/// That an account was closed or opened, and why; who gave the word is in identity's own books.
Result<void> note_closing(const ledger::Commitments& commitments, store::Transaction& tx,
                          const identity::ClosingChange& change) {
  MINBEN_CHECK(commitments.commit(
      tx, "identity.closing", change.person,
      JsonObject{
          {"closing", to_string(change.id)}, {"closed", change.closed}, {"cause", change.cause}}));
  return {};
}
}  // namespace

Result<void> migrate_all(store::Database& database) {
  MINBEN_CHECK(database.migrate(casework::all_migrations()));
  MINBEN_CHECK(database.migrate(page::migrations()));
  MINBEN_CHECK(database.migrate(api::migrations()));
  MINBEN_CHECK(database.migrate(registry::migrations()));
  MINBEN_CHECK(database.migrate(openid::migrations()));
  MINBEN_CHECK(database.migrate(catalogue::migrations()));
  MINBEN_CHECK(database.migrate(datastore::migrations()));
  MINBEN_CHECK(database.migrate(uploads::migrations()));
  MINBEN_CHECK(database.migrate(voices::migrations()));
  MINBEN_CHECK(database.migrate(harvest::migrations()));
  MINBEN_CHECK(database.migrate(quality::migrations()));
  MINBEN_CHECK(database.migrate(streams::migrations()));
  return {};
}

Platform::Platform(const Config& config, const Clock& clock, Random& random)
    : config_(config), clock_(clock), random_(random) {}

Platform::~Platform() = default;

Result<std::unique_ptr<Platform>> Platform::open(const Config& config, const Clock& clock,
                                                 Random& random) {
  std::unique_ptr<Platform> platform(new Platform(config, clock, random));
  MINBEN_CHECK(platform->open_foundation());
  MINBEN_CHECK(platform->open_openid());
  MINBEN_CHECK(platform->open_exchange());
  MINBEN_CHECK(platform->open_services());
  MINBEN_CHECK(platform->open_citizen_certificates());
  MINBEN_CHECK(platform->open_mobile_approval());
  MINBEN_CHECK(platform->open_life_events());
  return platform;
}

Result<void> Platform::open_foundation() {
  std::filesystem::create_directories(config_.state);
  store::DatabaseConfig database;
  database.url = config_.database_url;
  database.connections = config_.database_connections;
  MINBEN_TRY(opened, store::Database::open(database, clock_));
  database_ = std::move(opened);
  MINBEN_CHECK(migrate_all(*database_));

  MINBEN_TRY(ring, trust::KeyRing::load(config_.state / master_key_file));
  MINBEN_TRY(keys, keys::Keys::open(*database_, clock_, random_, std::move(ring)));
  keys_ = std::move(keys);
  MINBEN_TRY(platform_key, trust::SigningKey::load_or_create(config_.state / platform_key_file,
                                                             trust::KeyType::ed25519));
  platform_key_.emplace(std::move(platform_key));
  MINBEN_TRY(logs, open_platform_ledger(config_, *database_));
  logs_ = std::move(logs);
  MINBEN_CHECK(open_witnessing());
  commitments_ = std::make_unique<ledger::Commitments>(clock_, random_);
  sequencer_ = std::make_unique<ledger::Sequencer>(*database_, *logs_);

  identity::Config identity;
  identity.origins = {config_.origin};
  identity_ = std::make_unique<identity::Identity>(*database_, clock_, random_, *keys_, identity);
  identity_->when_closed([this](store::Transaction& tx, const identity::ClosingChange& change) {
    return note_closing(*commitments_, tx, change);
  });
  return open_relying_party();
}

Result<void> Platform::open_relying_party() {
  if (config_.sign_in_providers.empty()) return {};
  MINBEN_TRY(key, trust::SigningKey::load_or_create(config_.state / sign_in_key_file,
                                                    trust::KeyType::p256));
  net::ClientConfig client;
  client.server_ca_pem = config_.sign_in_authorities;
  client.timeout_ms = provider_patience;
  client.max_response_bytes = largest_provider_answer;
  provider_client_ = std::make_unique<net::Client>(client);
  std::vector<openid::OutsideProvider> providers;
  for (const OutsideSignIn& each : config_.sign_in_providers) providers.push_back(each.settings);
  relying_party_ = std::make_unique<openid::RelyingParty>(
      openid::RelyingPartyParts{
          clock_, random_, *keys_, std::move(key),
          [this](const net::ClientRequest& request) { return provider_client_->send(request); }},
      std::move(providers));
  return {};
}

Result<void> Platform::open_openid() {
  std::vector<net::Network> networks;
  for (const std::string& text : config_.openid_networks) {
    MINBEN_TRY(network, net::Network::parse(text));
    networks.push_back(std::move(network));
  }
  net::ClientConfig client;
  client.server_ca_pem = config_.openid_authorities;
  client.timeout_ms = openid_patience;
  client.max_response_bytes = max_client_answer;
  openid_client_ = std::make_unique<net::OutsideClient>(std::move(client), std::move(networks));
  openid::Config openid;
  openid.issuer = config_.origin;
  if (config_.openid_mtls_port != 0) openid.mtls_base = config_.openid_mtls_origin;
  if (!config_.openid_client_authorities.empty()) {
    MINBEN_TRY(pem, read_file(config_.openid_client_authorities));
    std::vector<trust::Anchor> anchors;
    for (const std::string& part : pem_parts(pem, "CERTIFICATE"))
      anchors.push_back({.root = part, .for_seals = false, .outside = true});
    MINBEN_TRY(authorities, trust::PathValidator::make(anchors, {}));
    openid.client_authorities = std::move(authorities);
  }
  MINBEN_TRY(opened, openid::Provider::open({*database_, clock_, random_, *keys_, *identity_,
                                             [this](const net::ClientRequest& request) {
                                               return openid_client_->send(request);
                                             }},
                                            std::move(openid)));
  openid_ = std::move(opened);
  return {};
}

Result<void> Platform::open_witnessing() {
  if (config_.ledger_policy.empty()) return {};
  MINBEN_TRY(text, read_file(config_.ledger_policy));
  MINBEN_TRY(policy, ledger::parse_policy(text, config_.ledger_policy.string()));
  net::ClientConfig client;
  client.timeout_ms = witness_patience;
  witnessing_ = std::make_unique<ledger::Witnessing>(*logs_, policy, client);
  return {};
}

/// Else every gateway would refuse every consent.
Result<void> Platform::check_platform_key() const {
  const auto is_own = [this](const std::optional<trust::VerifyKey>& key) {
    return key && key->fingerprint() == platform_key_->verify_key().fingerprint();
  };
  if (is_own(exchange_.consent_key) || is_own(exchange_.other_consent_key)) return {};
  return fail(Kind::invalid, "platform_key_unknown",
              "the exchange's configuration names another key of the platform (docs/keys.md)",
              (config_.state / platform_key_file).string());
}

Result<void> Platform::open_exchange() {
  if (config_.registry_directory.empty()) MINBEN_CHECK(read_exchange());
  else MINBEN_CHECK(open_registry());
  MINBEN_CHECK(check_platform_key());
  for (const ConsumerAccess& access : config_.consumers) {
    MINBEN_TRY(token, trust::read_secret_file(access.token_file));
    exchange::ConsumerConfig consumer;
    consumer.gateway_url = access.gateway_url;
    consumer.subsystem = {exchange_.instance, "GOV", access.member, access.subsystem};
    consumer.token = std::string(trim(token));
    consumers_[access.member + "/" + access.subsystem] =
        std::make_unique<exchange::Consumer>(consumer);
  }
  return {};
}

Result<void> Platform::read_exchange() {
  MINBEN_TRY(registry_pem, read_file(config_.registry_key));
  MINBEN_TRY(registry, trust::VerifyKey::from_pem(registry_pem));
  MINBEN_TRY(text, read_file(config_.exchange_configuration));
  MINBEN_TRY(configuration, exchange::verify_configuration(text, registry, clock_.now()));
  exchange_ = std::move(configuration);
  return {};
}

/// What was prepared is the base of what is published from now on; without it nobody is in the
/// exchange but those who join.
Result<void> Platform::open_registry() {
  registry::Config config;
  config.directory = config_.registry_directory;
  config.instance = config_.exchange_instance;
  config.consent_key = platform_key_->verify_key();
  config.usage_url = config_.origin + "/exchange/usage";
  config.timestamp_urls = config_.timestamp_urls;
  if (!config_.timestamp_roots.empty()) {
    MINBEN_TRY(pem, read_file(config_.timestamp_roots));
    config.timestamp_roots = pem_parts(pem, "CERTIFICATE");
  }
  MINBEN_TRY(opened, registry::Registry::open(*database_, clock_, random_, config));
  registry_ = std::move(opened);
  if (config_.exchange_configuration.empty()) {
    MINBEN_CHECK(registry_->publish());
  } else {
    MINBEN_TRY(prepared, read_file(config_.exchange_configuration));
    MINBEN_CHECK(registry_->import(prepared));
  }
  MINBEN_TRY(published, registry_->published());
  exchange_ = *published->configuration;
  return {};
}

/// Also of agencies that joined since the platform was opened.
Result<std::vector<trust::VerifyKey>> Platform::member_keys(const AgencyCode& agency) const {
  if (!registry_) return exchange::member_keys(exchange_, agency);
  MINBEN_TRY(published, registry_->published());
  return exchange::member_keys(*published->configuration, agency);
}

Result<void> Platform::open_services() {
  client_ = std::make_unique<net::Client>(net::ClientConfig{});
  documents_ = std::make_unique<documents::Documents>(identity_->vault(), clock_, random_);

  payments::Config payments;
  payments.provider_url = config_.payment_provider_url;
  MINBEN_TRY(secret, trust::read_secret_file(config_.payment_secret_file));
  const auto bytes = hex_decode(trim(secret));
  if (!bytes)
    return fail(Kind::invalid, "not_hex", "expected hex digits",
                config_.payment_secret_file.string());
  payments.secret = *bytes;
  payments_ = std::make_unique<payments::Payments>(*database_, *commitments_, *client_, clock_,
                                                   random_, payments);

  mydata::Parts parts{*database_,
                      clock_,
                      random_,
                      *commitments_,
                      *logs_,
                      *platform_key_,
                      [this](const mydata::GatewayCall& call) { return call_gateway(call); },
                      [this](const AgencyCode& agency) { return member_keys(agency); }};
  parts.delays = delay_laws();
  mydata_ = std::make_unique<mydata::MyData>(std::move(parts));
  identity_->on_account_ended([this](store::Transaction& tx, PersonId person) {
    return mydata_->end_consents_of(tx, person);
  });
  open_mandates();
  open_data_requests();

  auto calendar = casework::Calendar::load(config_.packages / "calendar");
  if (!calendar) return fail(calendar.error().front());
  calendar_.emplace(std::move(*calendar));
  casework::KnownAgencies agencies;
  for (const exchange::Member& member : exchange_.members) agencies.insert(member.code);
  for (const AgencyCode& agency : calendar_->agencies()) {
    if (agencies.contains(agency)) continue;
    const std::string file = "calendar/agencies/" + agency.value + ".toml";
    if (!registry_)
      return fail(Kind::invalid, "unknown_agency", "a calendar of an agency that is no member",
                  file);
    // It may join; its packages are served from the next start on.
    spdlog::warn("{}: the agency is no member of the exchange yet", file);
  }
  packages_ = std::make_unique<casework::Packages>(*database_, config_.packages, agencies);
  for (const Error& fault : packages_->reload())
    spdlog::error("package fault: {}", describe(fault));
  casework_ = std::make_unique<casework::Casework>(
      casework::Parts{*database_, clock_, random_, *identity_, *commitments_, *mydata_, *payments_,
                      *documents_, *packages_, *calendar_, logs_.get()},
      casework::Config{config_.origin});
  webhooks_ = std::make_unique<api::Webhooks>(*database_, clock_, random_, *keys_);
  casework_->observe_others(*webhooks_);
  casework_->processes().on_outside(api::outside_calls(clock_));
  clients_ = std::make_unique<api::Clients>(*database_, clock_, random_);
  return {};
}

Result<void> Platform::open_citizen_certificates() {
  if (config_.citizens.roots.empty()) return {};
  MINBEN_TRY(opened, CitizenCertificates::open(config_, clock_,
                                               {.database = *database_,
                                                .clock = clock_,
                                                .random = random_,
                                                .keys = *keys_,
                                                .identity = *identity_,
                                                .check = register_check(),
                                                .origin = config_.origin}));
  citizen_certificates_ = std::move(opened);
  return {};
}

Result<void> Platform::open_life_events() {
  if (config_.life_events.empty()) return {};
  const auto access =
      std::ranges::find(config_.consumers, config_.identity_agency, &ConsumerAccess::member);
  if (access == config_.consumers.end())
    return fail(Kind::invalid, "unknown_agency", "identity_agency is no consumer",
                "exchange.life_events");
  MINBEN_TRY(opened, LifeEvents::open({*database_, *identity_}, config_.life_events, *access));
  life_events_ = std::move(opened);
  return {};
}

Result<void> Platform::open_phone_lists(identity::MobileApprovalConfig& config) {
  const std::vector<std::string>& urls = config_.mobile_approval.list_urls;
  if (urls.empty()) return {};
  std::vector<ListedAuthority> listed;
  for (std::size_t i = 0; i < config.roots.size(); ++i)
    listed.push_back({config.roots[i], i < urls.size() ? urls[i] : std::string(),
                      config_.state / fmt::format("phones-{}.crl", i + 1)});
  MINBEN_TRY(lists, RevocationLists::open(std::move(listed), clock_));
  phone_lists_ = std::move(lists);
  config.revocation.list = [this](const trust::Certificate& issuer) {
    return phone_lists_->of(issuer);
  };
  phone_lists_->start();
  return {};
}

Result<void> Platform::open_mobile_approval() {
  const MobileApprovalAccess& access = config_.mobile_approval;
  if (access.url.empty()) return {};
  identity::MobileApprovalConfig config;
  config.url = access.url;
  config.provider = access.provider;
  MINBEN_TRY(secret, trust::read_secret_file(access.secret_file));
  const auto bytes = hex_decode(trim(secret));
  if (!bytes || bytes->size() != 32)
    return fail(Kind::invalid, "not_hex", "expected 64 hex digits", access.secret_file.string());
  config.secret = *bytes;
  MINBEN_TRY(roots, read_file(access.roots));
  config.roots = pem_parts(roots, "CERTIFICATE");
  config.server_ca = access.server_ca;
  MINBEN_CHECK(open_phone_lists(config));
  config.app_link = access.app_link;
  config.origin = config_.origin;
  mobile_approval_ = std::make_unique<identity::MobileApproval>(
      identity::MobileApproval::Parts{*identity_, *database_, clock_, random_, *keys_,
                                      register_check()},
      std::move(config));
  return {};
}

/// With a broken file no law counts: then every use is shown at once, or refused.
std::vector<mydata::DelayLaw> Platform::delay_laws() const {
  auto laws = mydata::load_delays(config_.packages / "mydata/delays.json");
  if (laws) return std::move(*laws);
  spdlog::error("delays fault: {}", describe(laws.error()));
  return {};
}

/// A broken mapping leaves everything out that can be asked for, not the platform.
void Platform::open_data_requests() {
  if (auto resources = mydata::Catalogue::load(config_.packages / "mydata"))
    resources_ = std::move(*resources);
  else
    for (const Error& fault : resources.error())
      spdlog::error("mapping fault: {}", describe(fault));
  service_providers_ =
      std::make_unique<mydata::ServiceProviders>(*database_, clock_, random_, *keys_);
  mydata::RequestConfig config;
  config.seals = config_.state / "mydata";
  config.server_ca = "/etc/ssl/certs/ca-certificates.crt";
  config.origin = config_.origin;
  data_requests_ = std::make_unique<mydata::DataRequests>(
      mydata::RequestParts{
          *database_, clock_, random_, *mydata_, *identity_, *service_providers_, resources_,
          [this](const mydata::Resource& resource) { return ask_heartbeat(resource); },
          data_document, mandates_.get()},
      config);
  mydata::QuestionConfig questions;
  questions.origin = config_.origin;
  questions_ = std::make_unique<mydata::Questions>(
      mydata::QuestionParts{*database_, clock_, random_, *commitments_, *logs_, *identity_},
      std::move(questions));
}

Result<Json> Platform::call_gateway(const mydata::GatewayCall& call) {
  const auto consumer = consumers_.find(call.recipient.value + "/" + call.recipient_subsystem);
  if (consumer == consumers_.end())
    return fail(Kind::unavailable, "no_gateway",
                "this platform has no access to that agency's gateway", call.recipient.value);
  exchange::ExchangeRequest request;
  request.service = {{exchange_.instance, "GOV", call.provider.value, call.subsystem},
                     call.service};
  request.purpose = call.purpose_code;
  request.case_id = to_string(call.case_id);
  request.exchange_id = call.request_id;
  request.consent = call.assertion;
  request.user = "platform";
  request.path = "/" + net::percent_encode(mydata::register_key(call.query));
  MINBEN_TRY(response, consumer->second->call(request));
  if (response.status == 404)
    return fail(Kind::not_found, "not_in_register", "the register does not know the person");
  if (response.status != 200)
    return fail(Kind::unavailable, "register_failed",
                fmt::format("the register answered {}", response.status));
  return parse_json(response.body);
}

void Platform::open_mandates() {
  identity::MandateParts parts{*database_, clock_, random_, *identity_, *commitments_};
  if (const auto consumer = consumers_.find(config_.identity_agency + "/casework");
      consumer != consumers_.end())
    parts.registers = representation_by(*consumer->second);
  mandates_ = std::make_unique<identity::Mandates>(std::move(parts));
}

Result<void> Platform::ask_heartbeat(const mydata::Resource& resource) {
  const mydata::RequestConfig who_asks;
  const auto consumer = consumers_.find(who_asks.operator_agency.value + "/" + who_asks.subsystem);
  if (consumer == consumers_.end())
    return fail(Kind::forbidden, "no_gateway", "this platform has no access to that gateway",
                who_asks.operator_agency.value);
  exchange::ExchangeRequest request;
  request.service = {{exchange_.instance, "GOV", resource.provider.value, resource.subsystem},
                     resource.heartbeat};
  request.purpose = mydata::heartbeat_purpose;
  request.user = "platform";
  MINBEN_TRY(response, consumer->second->call(request));
  if (response.status == 200) return {};
  return fail(Kind::unavailable, "register_failed",
              fmt::format("its heartbeat answered {}", response.status));
}

identity::RegisterCheck Platform::register_check() {
  const auto consumer = consumers_.find(config_.identity_agency + "/casework");
  if (consumer == consumers_.end())
    return [](const identity::RegisterQuestion&) -> Result<std::optional<identity::RegisterEntry>> {
      return fail(Kind::unavailable, "register_unavailable",
                  "exchange.identity_agency names no consumer of this platform");
    };
  return [&asking = *consumer->second](const identity::RegisterQuestion& question) {
    return check_registers(asking, question);
  };
}

Result<void> Platform::send_mail(const identity::OutgoingMail& mail) const {
  return net::send_mail(config_.mail_relay, config_.mail_from, {mail.to, mail.subject, mail.text},
                        clock_);
}

void Platform::work_in(store::Workers& workers, identity::Mailer mailer) {
  if (!mailer) mailer = [this](const identity::OutgoingMail& mail) { return send_mail(mail); };
  store::prune_daily(*database_, workers, outbox_kept);
  documents::sweep_daily(*database_, *documents_, workers);
  identity_->work_in(workers, mailer);
  mandates_->work_in(workers);
  if (life_events_) life_events_->work_in(workers);
  openid_->work_in(workers);
  mydata_->work_in(workers);
  data_requests_->work_in(workers, mailer);
  questions_->work_in(workers, mailer);
  payments_->register_jobs(workers);
  casework_->work_in(workers, mailer);
  webhooks_->attach(workers);
  if (registry_) registry_->work_in(workers);
}

}  // namespace minben::app
