#include "config.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <toml.hpp>

namespace minben::app {

namespace fs = std::filesystem;

namespace {

/// Reads keys of one table and remembers what was wrong and what was asked for.
class Reader {
 public:
  Reader(const toml::value& table, std::string path, const fs::path& file, Errors& errors)
      : table_(table), path_(std::move(path)), file_(file), errors_(errors) {}

  void text(const std::string& key, std::string& into, bool required = true) {
    get(key, into, required);
  }
  void code(const std::string& key, std::string& into, bool required) {
    if (get(key, into, required) && !is_code(into))
      wrong("not_a_code", key, "expected [a-z0-9][a-z0-9._-]{0,63}");
  }
  void path(const std::string& key, fs::path& into, bool required = true) {
    std::string value;
    if (get(key, value, required)) into = (file_.parent_path() / value).lexically_normal();
  }
  void flag(const std::string& key, bool& into) { get(key, into, false); }
  void texts(const std::string& key, std::vector<std::string>& into) {
    if (!table_.is_table() || !table_.contains(key)) return;
    const toml::value& value = toml::find(table_, key);
    const bool good =
        value.is_array() &&
        std::ranges::all_of(value.as_array(), [](const auto& each) { return each.is_string(); });
    if (!good) return wrong("wrong_type", key, "expected an array of strings");
    for (const toml::value& each : value.as_array()) into.push_back(each.as_string().str);
  }
  template <class Number>
  void number(const std::string& key, Number& into, std::int64_t min, std::int64_t max) {
    std::int64_t value = 0;
    if (!get(key, value, false)) return;
    if (value < min || value > max) wrong("out_of_range", key, fmt::format("{} to {}", min, max));
    else into = static_cast<Number>(value);
  }

 private:
  template <class T>
  bool get(const std::string& key, T& into, bool required) {
    if (!table_.is_table() || !table_.contains(key)) {
      if (required) wrong("missing", key, "required");
      return false;
    }
    const toml::value& value = toml::find(table_, key);
    if constexpr (std::is_same_v<T, std::string>) {
      if (!value.is_string()) return wrong("wrong_type", key, "expected a string"), false;
      into = value.as_string().str;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) return wrong("wrong_type", key, "expected true or false"), false;
      into = value.as_boolean();
    } else {
      if (!value.is_integer()) return wrong("wrong_type", key, "expected a whole number"), false;
      into = value.as_integer();
    }
    return true;
  }
  void wrong(std::string_view code, const std::string& key, const std::string& detail) {
    errors_.push_back({Kind::invalid, std::string(code),
                       fmt::format("{}.{}: {}", path_, key, detail), file_.string(),
                       static_cast<int>(table_.location().line()), 0});
  }

  const toml::value& table_;
  std::string path_;
  const fs::path& file_;
  Errors& errors_;
};

toml::value table_of(const toml::value& document, const std::string& name) {
  return document.contains(name) ? toml::find(document, name) : toml::value(toml::table{});
}

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
  place.path("packages", config.packages);
  place.path("static", config.static_files);
  Reader post(mail, "mail", file, errors);
  post.text("relay", config.mail_relay);
  post.text("from", config.mail_from);
  Reader pay(payments, "payments", file, errors);
  pay.text("provider_url", config.payment_provider_url);
  pay.path("secret_file", config.payment_secret_file);
  Reader(ledger, "ledger", file, errors).path("policy", config.ledger_policy, false);
  read_consumers(document, file, config, errors);
  read_openid(document, file, config, errors);
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

/// What differs from the defaults; `quoted` writes a TOML string.
template <class Quoted>
void write_openid(std::ostream& out, const Config& config, const Quoted& quoted) {
  out << "\n[openid]\nnetworks = [";
  for (const std::string& network : config.openid_networks) out << quoted(network) << ", ";
  out << "]\nauthorities = " << quoted(config.openid_authorities) << "\n";
  if (!config.openid_client_authorities.empty())
    out << "client_authorities = " << quoted(config.openid_client_authorities) << "\n";
  if (config.openid_mtls_port == 0) return;
  out << "mtls_address = " << quoted(config.openid_mtls_address)
      << "\nmtls_port = " << config.openid_mtls_port
      << "\nmtls_origin = " << quoted(config.openid_mtls_origin)
      << "\nmtls_certificate = " << quoted(config.openid_mtls_certificate)
      << "\nmtls_key = " << quoted(config.openid_mtls_key) << "\n";
}

}  // namespace

Result<void> write_config(const Config& config, const fs::path& file) {
  const auto quoted = [](const auto& value) {
    std::ostringstream out;
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, fs::path>)
      out << toml::value(value.string());
    else out << toml::value(value);
    return out.str();
  };
  std::ofstream out(file);
  out << "[http]\naddress = " << quoted(config.address) << "\nport = " << config.port
      << "\norigin = " << quoted(config.origin)
      << "\nrequests_per_second_per_address = " << config.requests_per_second_per_address
      << "\ndemonstration = " << (config.demonstration ? "true" : "false")
      << "\n\n[database]\nurl = " << quoted(config.database_url)
      << "\nconnections = " << config.database_connections
      << "\n\n[paths]\nstate = " << quoted(config.state)
      << "\npackages = " << quoted(config.packages) << "\nstatic = " << quoted(config.static_files)
      << "\n\n[mail]\nrelay = " << quoted(config.mail_relay)
      << "\nfrom = " << quoted(config.mail_from)
      << "\n\n[payments]\nprovider_url = " << quoted(config.payment_provider_url)
      << "\nsecret_file = " << quoted(config.payment_secret_file)
      << "\n\n[exchange]\ninstance = " << quoted(config.exchange_instance) << "\n";
  if (config.use_list_port != 0)
    out << "use_list_address = " << quoted(config.use_list_address)
        << "\nuse_list_port = " << config.use_list_port
        << "\nuse_list_agency = " << quoted(config.use_list_agency) << "\n";
  if (!config.exchange_configuration.empty())
    out << "configuration = " << quoted(config.exchange_configuration) << "\n";
  if (!config.registry_key.empty()) out << "registry_key = " << quoted(config.registry_key) << "\n";
  if (!config.registry_directory.empty())
    out << "registry = " << quoted(config.registry_directory) << "\n";
  if (!config.timestamp_urls.empty()) {
    out << "timestamp_urls = [";
    for (const std::string& url : config.timestamp_urls) out << quoted(url) << ", ";
    out << "]\ntimestamp_roots = " << quoted(config.timestamp_roots) << "\n";
  }
  if (!config.ledger_policy.empty())
    out << "\n[ledger]\npolicy = " << quoted(config.ledger_policy) << "\n";
  write_openid(out, config, quoted);
  for (const ConsumerAccess& access : config.consumers)
    out << "\n[[exchange.consumer]]\nmember = " << quoted(access.member)
        << "\nsubsystem = " << quoted(access.subsystem)
        << "\ngateway_url = " << quoted(access.gateway_url)
        << "\ntoken_file = " << quoted(access.token_file) << "\n";
  out.flush();
  if (!out)
    return fail(Kind::internal, "cannot_write", "writing the configuration failed", file.string());
  return {};
}

}  // namespace minben::app
