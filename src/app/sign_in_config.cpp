// [sign_in] of a configuration: other OpenID providers.
#include "config_reader.hpp"
#include "openid/relying_party.hpp"
#include "trust/trust.hpp"

namespace minben::app {

namespace {

OutsideSignIn read_provider(const toml::value& table, const std::filesystem::path& file,
                            Errors& errors) {
  OutsideSignIn out;
  openid::OutsideProvider& settings = out.settings;
  Reader one(table, "sign_in.provider", file, errors);
  one.text("id", settings.id);
  one.text("name", settings.name.en);
  one.text("name_zh_hant", settings.name.zh_hant);
  one.text("issuer", settings.issuer);
  one.text("client_id", settings.client_id);
  one.path("secret_file", out.secret_file, false);
  one.texts("acr_values", settings.acr_values);
  std::vector<std::string> scopes, algorithms;
  one.texts("scopes", scopes);
  one.texts("algorithms", algorithms);
  if (!scopes.empty()) settings.scopes = std::move(scopes);
  if (!algorithms.empty()) settings.algorithms = std::move(algorithms);
  one.levels_by_name("levels", settings.levels);
  one.levels("least", settings.least);
  if (!out.secret_file.empty()) {
    settings.authentication = openid::OutsideAuthentication::client_secret_basic;
    const auto secret = trust::read_secret_file(out.secret_file);
    if (!secret) one.wrong(secret.error().code, "secret_file", secret.error().detail);
    else settings.secret = std::string(trim(*secret));
  }
  if (const auto good = openid::check_provider(settings); !good)
    one.wrong(good.error().code, good.error().field, good.error().detail);
  return out;
}

std::string list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& each : texts) out += (out.size() > 1 ? ", " : "") + toml_text(each);
  return out + "]";
}

}  // namespace

void read_sign_in(const toml::value& document, const std::filesystem::path& file, Config& config,
                  Errors& errors) {
  const toml::value sign_in = table_of(document, "sign_in");
  Reader(sign_in, "sign_in", file, errors).path("authorities", config.sign_in_authorities, false);
  if (!sign_in.contains("provider") || !toml::find(sign_in, "provider").is_array()) return;
  for (const toml::value& table : toml::find(sign_in, "provider").as_array()) {
    OutsideSignIn provider = read_provider(table, file, errors);
    for (const OutsideSignIn& other : config.sign_in_providers)
      if (other.settings.id == provider.settings.id)
        Reader(table, "sign_in.provider", file, errors).wrong("duplicate", "id", "is there twice");
    config.sign_in_providers.push_back(std::move(provider));
  }
}

void write_sign_in(const Config& config, std::ostream& out) {
  if (config.sign_in_providers.empty()) return;
  out << "\n[sign_in]\nauthorities = " << toml_text(config.sign_in_authorities) << "\n";
  for (const auto& [settings, secret_file] : config.sign_in_providers) {
    out << "\n[[sign_in.provider]]\nid = " << toml_text(settings.id)
        << "\nname = " << toml_text(settings.name.en)
        << "\nname_zh_hant = " << toml_text(settings.name.zh_hant)
        << "\nissuer = " << toml_text(settings.issuer)
        << "\nclient_id = " << toml_text(settings.client_id)
        << "\nscopes = " << list(settings.scopes) << "\nalgorithms = " << list(settings.algorithms)
        << "\nleast = [" << settings.least.identity << ", " << settings.least.authenticator
        << "]\n";
    if (!settings.acr_values.empty()) out << "acr_values = " << list(settings.acr_values) << "\n";
    if (!secret_file.empty()) out << "secret_file = " << toml_text(secret_file) << "\n";
    if (settings.levels.empty()) continue;
    out << "[sign_in.provider.levels]\n";
    for (const auto& [acr, levels] : settings.levels)
      out << toml_text(acr) << " = [" << levels.identity << ", " << levels.authenticator << "]\n";
  }
}

}  // namespace minben::app
