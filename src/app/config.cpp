#include "config.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config_reader.hpp"

namespace minben::app {

namespace fs = std::filesystem;

namespace {

void read_consumers(const toml::value& document, const fs::path& file, Config& config,
                    Errors& errors) {
  const toml::value exchange = table_of(document, "exchange");
  Reader reader(exchange, "exchange", file, errors);
  reader.path("registry", config.registry_directory, false);
  // Its own registry tells a platform who is in the exchange; nobody needs to have prepared it.
  const bool elsewhere = config.registry_directory.empty();
  reader.path("configuration", config.exchange_configuration, elsewhere);
  reader.path("registry_key", config.registry_key, elsewhere);
  reader.text("instance", config.exchange_instance, false);
  reader.texts("timestamp_urls", config.timestamp_urls);
  reader.path("timestamp_roots", config.timestamp_roots, !config.timestamp_urls.empty());
  reader.number("use_list_port", config.use_list_port, 0, 65535);
  reader.text("use_list_address", config.use_list_address, false);
  reader.code("use_list_agency", config.use_list_agency, config.use_list_port != 0);
  reader.text("life_events", config.life_events, false);
  reader.code("identity_agency", config.identity_agency, !config.life_events.empty());
  if (!exchange.contains("consumer") || !toml::find(exchange, "consumer").is_array()) return;
  for (const toml::value& entry : toml::find(exchange, "consumer").as_array()) {
    ConsumerAccess access;
    Reader one(entry, "exchange.consumer", file, errors);
    one.text("member", access.member);
    one.text("subsystem", access.subsystem);
    one.text("gateway_url", access.gateway_url);
    one.path("token_file", access.token_file);
    config.consumers.push_back(std::move(access));
  }
}

void write_texts(std::ostream& out, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out << name << " = [";
  for (const std::string& text : texts) out << toml_text(text) << ", ";
  out << "]\n";
}

void read_citizens(const toml::value& document, const fs::path& file, CitizenAuthorities& into,
                   Errors& errors) {
  if (!document.contains("citizen_certificates")) return;
  const toml::value table = table_of(document, "citizen_certificates");
  Reader reader(table, "citizen_certificates", file, errors);
  reader.path("roots", into.roots);
  reader.path("intermediates", into.intermediates);
  reader.texts("list_urls", into.list_urls);
  reader.texts("root_list_urls", into.root_list_urls);
  reader.text("ocsp_url", into.ocsp_url, false);
  reader.number("card_port", into.card_port, 0, 65535);
  const bool cards = into.card_port != 0;
  reader.text("card_origin", into.card_origin, cards);
  reader.path("card_certificate", into.card_certificate, cards);
  reader.path("card_key", into.card_key, cards);
}

void read_mobile_approval(const toml::value& document, const fs::path& file,
                          MobileApprovalAccess& into, Errors& errors) {
  if (!document.contains("mobile_approval")) return;
  const toml::value table = table_of(document, "mobile_approval");
  Reader reader(table, "mobile_approval", file, errors);
  reader.text("url", into.url);
  reader.text("provider", into.provider);
  reader.path("secret_file", into.secret_file);
  reader.path("roots", into.roots);
  reader.path("server_ca", into.server_ca, into.url.starts_with("https:"));
  reader.texts("list_urls", into.list_urls);
  reader.text("app_link", into.app_link, false);
}

void write_mobile_approval(std::ostream& out, const MobileApprovalAccess& access) {
  if (access.url.empty()) return;
  out << "\n[mobile_approval]\nurl = " << toml_text(access.url)
      << "\nprovider = " << toml_text(access.provider)
      << "\nsecret_file = " << toml_text(access.secret_file)
      << "\nroots = " << toml_text(access.roots) << "\napp_link = " << toml_text(access.app_link)
      << "\n";
  write_texts(out, "list_urls", access.list_urls);
  if (!access.server_ca.empty()) out << "server_ca = " << toml_text(access.server_ca) << "\n";
}

void write_citizens(std::ostream& out, const CitizenAuthorities& citizens) {
  if (citizens.roots.empty()) return;
  out << "\n[citizen_certificates]\nroots = " << toml_text(citizens.roots)
      << "\nintermediates = " << toml_text(citizens.intermediates) << "\n";
  write_texts(out, "list_urls", citizens.list_urls);
  write_texts(out, "root_list_urls", citizens.root_list_urls);
  if (!citizens.ocsp_url.empty()) out << "ocsp_url = " << toml_text(citizens.ocsp_url) << "\n";
  if (citizens.card_port == 0) return;
  out << "card_port = " << citizens.card_port
      << "\ncard_origin = " << toml_text(citizens.card_origin)
      << "\ncard_certificate = " << toml_text(citizens.card_certificate)
      << "\ncard_key = " << toml_text(citizens.card_key) << "\n";
}

void read_openid(const toml::value& document, const fs::path& file, Config& config,
                 Errors& errors) {
  const toml::value openid = table_of(document, "openid");
  Reader reader(openid, "openid", file, errors);
  reader.texts("networks", config.openid_networks);
  reader.path("authorities", config.openid_authorities, false);
  reader.text("mtls_address", config.openid_mtls_address, false);
  reader.number("mtls_port", config.openid_mtls_port, 0, 65535);
  const bool mtls = config.openid_mtls_port != 0;
  reader.text("mtls_origin", config.openid_mtls_origin, mtls);
  reader.path("mtls_certificate", config.openid_mtls_certificate, mtls);
  reader.path("mtls_key", config.openid_mtls_key, mtls);
  reader.path("client_authorities", config.openid_client_authorities, false);
}

Config read_document(const toml::value& document, const fs::path& file, Errors& errors) {
  Config config;
  const toml::value http = table_of(document, "http"), database = table_of(document, "database"),
                    paths = table_of(document, "paths"), mail = table_of(document, "mail"),
                    payments = table_of(document, "payments"),
                    ledger = table_of(document, "ledger");
  Reader web(http, "http", file, errors);
  web.text("address", config.address, false);
  web.number("port", config.port, 1, 65535);
  web.text("origin", config.origin);
  web.path("tls_certificate", config.tls_certificate, false);
  web.path("tls_key", config.tls_key, false);
  web.number("requests_per_second_per_address", config.requests_per_second_per_address, 0,
             1'000'000);
  web.flag("demonstration", config.demonstration);
  Reader store(database, "database", file, errors);
  const char* url = std::getenv("MINBEN_DATABASE_URL");
  store.text("url", config.database_url, url == nullptr);
  if (url != nullptr) config.database_url = url;
  store.number("connections", config.database_connections, 1, 200);
  Reader place(paths, "paths", file, errors);
  place.path("state", config.state);
  place.path("tables", config.tables, false);
  place.path("packages", config.packages);
  place.path("static", config.static_files);
  Reader post(mail, "mail", file, errors);
  post.text("relay", config.mail_relay);
  post.text("from", config.mail_from);
  Reader pay(payments, "payments", file, errors);
  pay.text("provider_url", config.payment_provider_url);
  pay.path("secret_file", config.payment_secret_file);
  Reader(ledger, "ledger", file, errors).path("policy", config.ledger_policy, false);
  read_citizens(document, file, config.citizens, errors);
  read_mobile_approval(document, file, config.mobile_approval, errors);
  read_consumers(document, file, config, errors);
  read_sign_in(document, file, config, errors);
  read_openid(document, file, config, errors);
  const toml::value harvest = table_of(document, "harvest");
  Reader(harvest, "harvest", file, errors).texts("networks", config.harvest_networks);
  return config;
}

}  // namespace

std::expected<Config, Errors> load_config(const fs::path& file) {
  Errors errors;
  try {
    const toml::value document = toml::parse(file.string());
    Config config = read_document(document, fs::absolute(file), errors);
    if (config.tls_certificate.empty() != config.tls_key.empty())
      errors.push_back({Kind::invalid, "missing", "http: tls_certificate and tls_key go together",
                        file.string(), 0, 0});
    if (errors.empty()) return config;
  } catch (const std::exception& broken) {  // toml11 reports by exceptions only
    errors.push_back({Kind::invalid, "not_toml", broken.what(), file.string(), 0, 0});
  }
  return std::unexpected(std::move(errors));
}

std::optional<Config> config_or_faults(const fs::path& file) {
  auto config = load_config(file);
  if (config) return std::move(*config);
  for (const Error& error : config.error()) fmt::print(stderr, "{}\n", describe(error));
  return std::nullopt;
}

namespace {

/// What differs from the defaults.
void write_openid(std::ostream& out, const Config& config) {
  out << "\n[openid]\nnetworks = [";
  for (const std::string& network : config.openid_networks) out << toml_text(network) << ", ";
  out << "]\nauthorities = " << toml_text(config.openid_authorities) << "\n";
  if (!config.openid_client_authorities.empty())
    out << "client_authorities = " << toml_text(config.openid_client_authorities) << "\n";
  if (config.openid_mtls_port == 0) return;
  out << "mtls_address = " << toml_text(config.openid_mtls_address)
      << "\nmtls_port = " << config.openid_mtls_port
      << "\nmtls_origin = " << toml_text(config.openid_mtls_origin)
      << "\nmtls_certificate = " << toml_text(config.openid_mtls_certificate)
      << "\nmtls_key = " << toml_text(config.openid_mtls_key) << "\n";
}

}  // namespace

Result<void> write_config(const Config& config, const fs::path& file) {
  std::ofstream out(file);
  out << "[http]\naddress = " << toml_text(config.address) << "\nport = " << config.port
      << "\norigin = " << toml_text(config.origin)
      << "\nrequests_per_second_per_address = " << config.requests_per_second_per_address
      << "\ndemonstration = " << (config.demonstration ? "true" : "false")
      << "\n\n[database]\nurl = " << toml_text(config.database_url)
      << "\nconnections = " << config.database_connections
      << "\n\n[paths]\nstate = " << toml_text(config.state)
      << (config.tables.empty() ? std::string() : "\ntables = " + toml_text(config.tables))
      << "\npackages = " << toml_text(config.packages)
      << "\nstatic = " << toml_text(config.static_files)
      << "\n\n[mail]\nrelay = " << toml_text(config.mail_relay)
      << "\nfrom = " << toml_text(config.mail_from)
      << "\n\n[payments]\nprovider_url = " << toml_text(config.payment_provider_url)
      << "\nsecret_file = " << toml_text(config.payment_secret_file)
      << "\n\n[exchange]\ninstance = " << toml_text(config.exchange_instance) << "\n";
  if (config.use_list_port != 0)
    out << "use_list_address = " << toml_text(config.use_list_address)
        << "\nuse_list_port = " << config.use_list_port
        << "\nuse_list_agency = " << toml_text(config.use_list_agency) << "\n";
  if (!config.identity_agency.empty())
    out << "identity_agency = " << toml_text(config.identity_agency) << "\n";
  if (!config.life_events.empty()) out << "life_events = " << toml_text(config.life_events) << "\n";
  if (!config.exchange_configuration.empty())
    out << "configuration = " << toml_text(config.exchange_configuration) << "\n";
  if (!config.registry_key.empty())
    out << "registry_key = " << toml_text(config.registry_key) << "\n";
  if (!config.registry_directory.empty())
    out << "registry = " << toml_text(config.registry_directory) << "\n";
  if (!config.timestamp_urls.empty()) {
    out << "timestamp_urls = [";
    for (const std::string& url : config.timestamp_urls) out << toml_text(url) << ", ";
    out << "]\ntimestamp_roots = " << toml_text(config.timestamp_roots) << "\n";
  }
  write_citizens(out, config.citizens);
  write_mobile_approval(out, config.mobile_approval);
  if (!config.ledger_policy.empty())
    out << "\n[ledger]\npolicy = " << toml_text(config.ledger_policy) << "\n";
  write_openid(out, config);
  if (!config.harvest_networks.empty()) {
    out << "\n[harvest]\n";
    write_texts(out, "networks", config.harvest_networks);
  }
  for (const ConsumerAccess& access : config.consumers)
    out << "\n[[exchange.consumer]]\nmember = " << toml_text(access.member)
        << "\nsubsystem = " << toml_text(access.subsystem)
        << "\ngateway_url = " << toml_text(access.gateway_url)
        << "\ntoken_file = " << toml_text(access.token_file) << "\n";
  write_sign_in(config, out);
  out.flush();
  if (!out)
    return fail(Kind::internal, "cannot_write", "writing the configuration failed", file.string());
  return {};
}

}  // namespace minben::app
