#include "onboarding.hpp"

#include "exchange/handover.hpp"
#include "files.hpp"
#include "exchange/authorities.hpp"
#include "gateway/gateway.hpp"
#include "net/net.hpp"
#include "registry/profile.hpp"

namespace minben::app {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view place_file = "registry.json";
constexpr std::string_view request_file = "join-request.json";
constexpr std::string_view key_file = "registry.pub.pem";

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Result<void> make_private(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) fs::permissions(directory, fs::perms::owner_all, error);
  if (error)
    return fail(Kind::unavailable, "cannot_make_directory", error.message(), directory.string());
  return {};
}

net::Client client_for(const RegistryPlace& place) {
  return net::Client({.server_ca_pem = place.authorities, .timeout_ms = milliseconds(10'000)});
}

/// A refusal's code is what the registry said; anything else is "registry_unreachable".
Error refusal(const RegistryPlace& place, const net::ClientResponse& answer) {
  constexpr std::string_view urn = "urn:minben:problem:";
  const auto problem = parse_json(answer.body);
  const std::string type = problem ? string_or(*problem, "type") : "";
  const std::string detail = problem ? string_or(*problem, "detail") : "";
  if (!type.starts_with(urn))
    return {Kind::unavailable,
            "registry_unreachable",
            fmt::format("status {}", answer.status),
            place.url,
            0,
            0};
  return {answer.status == 404 ? Kind::not_found : Kind::invalid,
          type.substr(urn.size()),
          detail,
          place.url,
          0,
          0};
}

Result<std::string> send(const RegistryPlace& place, const net::ClientRequest& request) {
  net::Client client = client_for(place);
  const auto answer = client.send(request);
  if (!answer)
    return fail(Kind::unavailable, "registry_unreachable", describe(answer.error()), place.url);
  if (answer->status / 100 != 2) return fail(refusal(place, *answer));
  return answer->body;
}

Result<void> write_place(const fs::path& directory, const RegistryPlace& place) {
  const JsonObject json{{"registry", place.url},
                        {"authorities", place.authorities.string()},
                        {"request", place.request}};
  return write_file(directory / place_file, write_json_pretty(json) + "\n");
}

/// Whether what the registry publishes leads from the one key to the other.
bool is_successor(const RegistryPlace& place, const trust::VerifyKey& before,
                  const trust::VerifyKey& key) {
  const auto published = ask_registry(place, "/exchange/configuration");
  if (!published) return false;
  const auto read = exchange::verify_signed_configuration(*published, before, Instant{});
  return read && read->signed_by == key;
}

/// Of the file that was given, or as the registry tells it; never another one than before, unless
/// that one has said so.
Result<trust::VerifyKey> take_registry_key(const NewGateway& wanted, const RegistryPlace& place) {
  std::string pem;
  if (!wanted.registry_key.empty()) {
    MINBEN_TRY(text, read_file(wanted.registry_key));
    pem = std::move(text);
  } else {
    MINBEN_TRY(text, ask_registry(place, "/exchange/registry"));
    MINBEN_TRY(json, parse_json(text));
    pem = string_or(json, "key");
  }
  MINBEN_TRY(key, trust::VerifyKey::from_pem(pem));
  const fs::path file = wanted.directory / key_file;
  if (const auto known = read_file(file)) {
    MINBEN_TRY(before, trust::VerifyKey::from_pem(*known));
    if (!(before == key) && is_successor(place, before, key)) return before;
    if (!(before == key))
      return fail(Kind::forbidden, "registry_key_differs",
                  "the registry shows another key than before; ask its officers, and remove the "
                  "file only if they changed it",
                  file.string());
    return key;
  }
  MINBEN_CHECK(write_file(file, key.pem()));
  return key;
}

Result<fs::path> make_token(const fs::path& file, Random& random, std::string& digest) {
  if (!fs::exists(file)) MINBEN_CHECK(trust::write_secret_file(file, random.token() + "\n"));
  MINBEN_TRY(text, trust::read_secret_file(file));
  digest = hex_encode(sha256(trim(text)));
  return file;
}

/// What was changed by hand in an earlier file stays.
Result<gateway::GatewayConfig> local_config(const NewGateway& wanted) {
  const fs::path& home = wanted.directory;
  const fs::path file = home / "gateway.json";
  gateway::GatewayConfig config;
  if (fs::exists(file)) {
    MINBEN_TRY(known, gateway::read_gateway_config(file));
    if (known.member != wanted.request.member)
      return fail(Kind::conflict, "other_member",
                  "the folder is of another agency's gateway: " + known.member.value,
                  file.string());
    config = std::move(known);
  }
  MINBEN_TRY(address, registry::read_gateway_url(wanted.request.url));
  config.member = wanted.request.member;
  config.peer_address = "0.0.0.0";
  config.peer_port = address.port;
  if (wanted.client_port != 0) config.client_port = wanted.client_port;
  const auto keys = std::pair(config.tls_key, config.seal_key);
  gateway::keep_in(home, config);
  for (const auto& [given, known, into] :
       {std::tuple(&wanted.tls_key, &keys.first, &config.tls_key),
        std::tuple(&wanted.seal_key, &keys.second, &config.seal_key)}) {
    if (!given->empty()) *into = *given;
    else if (known->in_token()) *into = *known;
  }
  config.registry_key = home / key_file;
  config.configuration = without_slash(wanted.registry) + "/exchange/configuration";
  config.registry_authorities = wanted.authorities;
  for (const auto& [service, url] : wanted.registers) config.registers[service] = url;
  return config;
}

}  // namespace

Result<RegistryPlace> read_registry_place(const fs::path& directory) {
  const fs::path file = directory / place_file;
  MINBEN_TRY(text, read_file(file));
  MINBEN_TRY(json, parse_json(text));
  RegistryPlace place{string_or(json, "registry"), string_or(json, "authorities"),
                      string_or(json, "request")};
  if (place.url.empty() || place.request.empty())
    return fail(Kind::invalid, "registry_place", "run `minben gateway init` again", file.string());
  return place;
}

Result<std::string> ask_registry(const RegistryPlace& place, std::string_view path) {
  return send(place, {.url = place.url + std::string(path)});
}

Result<Begun> begin_gateway(const NewGateway& given, const Clock& clock, Random& random) {
  NewGateway wanted = given;
  wanted.directory = fs::absolute(given.directory).lexically_normal();
  wanted.request.made_at = clock.now();
  const fs::path& home = wanted.directory;
  MINBEN_CHECK(make_private(home));
  MINBEN_CHECK(make_private(home / "tokens"));
  MINBEN_CHECK(make_private(home / "state"));
  RegistryPlace place{without_slash(wanted.registry), wanted.authorities, ""};
  MINBEN_TRY(registry_key, take_registry_key(wanted, place));

  MINBEN_TRY(config, local_config(wanted));
  using trust::KeyType;
  using trust::SigningKey;
  MINBEN_TRY(signing, SigningKey::load_or_create(config.signing_key, KeyType::ed25519));
  MINBEN_TRY(tls, config.tls_key.open_or_create(KeyType::p256));
  MINBEN_TRY(seal, config.seal_key.open_or_create(KeyType::p256));
  MINBEN_CHECK(SigningKey::load_or_create(config.witness_key, KeyType::ed25519));
  if (!fs::exists(config.witnessed_logs))
    MINBEN_CHECK(write_file(config.witnessed_logs,
                            "# whose checkpoints the witness of this gateway cosigns: log VKEY\n"
                            "quorum none\n"));

  Begun begun;
  begun.registry_fingerprint = hex_encode(registry_key.fingerprint());
  for (const std::string& subsystem : wanted.request.subsystems) {
    MINBEN_TRY(token, make_token(home / "tokens" / (subsystem + ".token"), random,
                                 config.clients[subsystem]));
    begun.tokens.push_back(std::move(token));
  }
  MINBEN_CHECK(gateway::write_gateway_config(config, home / "gateway.json"));
  MINBEN_TRY(request, registry::make_join_request(wanted.request, {signing, tls, seal}));
  MINBEN_TRY(read, registry::read_join_request(request));
  begun.id = read.id;
  begun.request_file = home / request_file;
  MINBEN_CHECK(write_file(begun.request_file, request + "\n"));
  place.request = begun.id;
  MINBEN_CHECK(write_place(home, place));
  if (!wanted.outside_authority) return begun;
  MINBEN_TRY(asked, registry::make_certificate_requests(wanted.request, {signing, tls, seal}));
  begun.tls_request = home / "tls.request.pem";
  begun.seal_request = home / "seal.request.pem";
  MINBEN_CHECK(write_file(begun.tls_request, asked.tls));
  MINBEN_CHECK(write_file(begun.seal_request, asked.seal));
  return begun;
}

Result<void> send_join_request(const fs::path& directory) {
  MINBEN_TRY(place, read_registry_place(directory));
  MINBEN_TRY(text, read_file(directory / request_file));
  net::ClientRequest request{
      .method = net::Method::post, .url = place.url + "/exchange/requests", .body = text};
  request.headers.add("Content-Type", "application/json");
  MINBEN_CHECK(send(place, request));
  return {};
}

namespace {

/// Which of our keys a certificate is for, and where it goes then.
struct CertifiedKey {
  trust::KeyPlace key;
  fs::path certificate;
  trust::Usage usage = trust::Usage::any;
};

Result<trust::CertificateInfo> check_chain(const std::string& pem,
                                           const trust::PathValidator& validator,
                                           trust::Usage usage, Instant now) {
  MINBEN_TRY(certificates, trust::chain_from_pem(pem));
  MINBEN_TRY(path, validator.path(certificates, now, usage));
  return std::move(path.info);
}

Result<void> check_holder(const std::string& pem, const trust::KeyPlace& place) {
  MINBEN_TRY(certificates, trust::chain_from_pem(pem));
  MINBEN_TRY(key, place.open());
  MINBEN_TRY(holder, trust::certificate_key(certificates.front().der));
  if (holder == key.verify_key()) return {};
  return fail(Kind::forbidden, "certificate_other_key", "the certificate is for another key",
              place.text());
}

/// Takes a certificate after checking that it is for our key, the next one or the one in use, and
/// good.
Result<trust::CertificateInfo> take_certificate(const Json& answer, std::string_view name,
                                                const CertifiedKey& ours,
                                                const trust::PathValidator& validator,
                                                Instant now) {
  MINBEN_TRY(pem, get_string(answer, name));
  MINBEN_TRY(info, check_chain(pem, validator, ours.usage, now));
  if (!ours.key.in_token()) {
    const fs::path next = gateway::next_file(ours.key.file());
    if (fs::exists(next) && check_holder(pem, next)) {
      MINBEN_CHECK(write_file(gateway::next_file(ours.certificate), pem));
      return info;
    }
  }
  MINBEN_CHECK(check_holder(pem, ours.key));
  MINBEN_CHECK(write_file(ours.certificate, pem));
  return info;
}

/// As a whole: one certificate is not enough for a gateway to go on with.
bool has_next_certificates(const gateway::GatewayConfig& config) {
  return fs::exists(gateway::next_file(config.seal_certificate)) &&
         fs::exists(gateway::next_file(config.tls_certificate));
}

/// Whether it ends within `most`, or within the last third of its life when that is shorter.
Result<bool> ends_soon(const fs::path& file, days most, Instant now) {
  MINBEN_TRY(pem, read_file(file));
  MINBEN_TRY(certificate, trust::certificate_from_pem(pem));
  MINBEN_TRY(info, trust::read_certificate(certificate.der));
  const auto third = (info.not_after - info.not_before) / 3;
  return info.not_after - now < std::min<Instant::duration>(most, third);
}

Result<trust::PathValidator> published_authorities(const RegistryPlace& place,
                                                   const gateway::GatewayConfig& config,
                                                   const Clock& clock, std::int64_t& version) {
  MINBEN_TRY(key_pem, read_file(config.registry_key));
  MINBEN_TRY(registry_key, trust::VerifyKey::from_pem(key_pem));
  MINBEN_TRY(published, ask_registry(place, "/exchange/configuration"));
  MINBEN_TRY(configuration, exchange::verify_configuration(published, registry_key, clock.now()));
  version = configuration.version;
  return exchange::path_validator(configuration);
}

}  // namespace

Result<Installed> install_certificates(const fs::path& directory, const fs::path& tls,
                                       const fs::path& seal, const Clock& clock) {
  MINBEN_TRY(place, read_registry_place(directory));
  MINBEN_TRY(config, gateway::read_gateway_config(directory / "gateway.json"));
  MINBEN_TRY(asked, read_file(directory / request_file));
  MINBEN_TRY(read, registry::read_join_request(asked));
  registry::JoinRequest request = read.request;
  request.made_at = clock.now();
  MINBEN_TRY(tls_pem, read_file(tls));
  MINBEN_TRY(seal_pem, read_file(seal));
  std::int64_t version = 0;
  const auto validator = published_authorities(place, config, clock, version);
  if (!validator && validator.error().code != "registry_unreachable")
    return std::unexpected(validator.error());
  Installed installed;
  for (const bool seals : {false, true}) {
    const std::string& pem = seals ? seal_pem : tls_pem;
    const auto usage = seals ? trust::Usage::seal : trust::Usage::tls_server;
    MINBEN_TRY(chain, trust::chain_from_pem(pem));
    MINBEN_CHECK(check_holder(pem, seals ? config.seal_key : config.tls_key));
    MINBEN_TRY(info, registry::check_profile(chain.front().der, usage,
                                             (seals ? read.seal : read.tls).names));
    if (validator) MINBEN_CHECK(check_chain(pem, *validator, usage, clock.now()));
    if (!seals || info.not_after < installed.certificate_ends)
      installed.certificate_ends = info.not_after;
  }
  installed.checked = validator.has_value();
  MINBEN_CHECK(write_file(config.tls_certificate, tls_pem));
  MINBEN_CHECK(write_file(config.seal_certificate, seal_pem));
  request.tls_certificate = tls_pem;
  request.seal_certificate = seal_pem;
  MINBEN_TRY(signing, trust::SigningKey::load(config.signing_key));
  MINBEN_TRY(tls_key, config.tls_key.open());
  MINBEN_TRY(seal_key, config.seal_key.open());
  MINBEN_TRY(text, registry::make_join_request(request, {signing, tls_key, seal_key}));
  MINBEN_TRY(made, registry::read_join_request(text));
  MINBEN_CHECK(write_file(directory / request_file, text + "\n"));
  place.request = installed.id = made.id;
  MINBEN_CHECK(write_place(directory, place));
  return installed;
}

Result<JoinOutcome> join_gateway(const fs::path& directory, const Clock& clock) {
  MINBEN_TRY(place, read_registry_place(directory));
  MINBEN_TRY(config, gateway::read_gateway_config(directory / "gateway.json"));
  MINBEN_TRY(text, ask_registry(place, "/exchange/requests/" + place.request));
  MINBEN_TRY(answer, parse_json(text));
  const std::string state = string_or(answer, "state");
  JoinOutcome outcome;
  outcome.reason = string_or(answer, "reason");
  if (state != "approved") {
    outcome.state = state == "refused" ? Joining::refused : Joining::waiting;
    return outcome;
  }
  MINBEN_TRY(validator, published_authorities(place, config, clock, outcome.version));
  MINBEN_TRY(tls,
             take_certificate(answer, "tls_certificate",
                              {config.tls_key, config.tls_certificate, trust::Usage::tls_server},
                              validator, clock.now()));
  MINBEN_CHECK(take_certificate(answer, "seal_certificate",
                                {config.seal_key, config.seal_certificate, trust::Usage::seal},
                                validator, clock.now()));
  outcome.state = Joining::joined;
  outcome.reason.clear();
  outcome.for_next = has_next_certificates(config);
  outcome.certificate_ends = tls.not_after;
  return outcome;
}

Result<std::string> begin_renewal(const fs::path& directory, const Clock& clock) {
  MINBEN_TRY(place, read_registry_place(directory));
  MINBEN_TRY(config, gateway::read_gateway_config(directory / "gateway.json"));
  if (has_next_certificates(config))
    return fail(Kind::conflict, "renewal_under_way",
                "the next keys have their certificates, and the gateway takes them up when the "
                "configuration names them",
                gateway::next_file(config.seal_certificate).string());
  if (config.seal_key.in_token() || config.tls_key.in_token())
    return fail(Kind::conflict, "keys_in_a_token",
                "a key in a token stays when its certificate is renewed; for another one name it "
                "in gateway.json and join again",
                (directory / "gateway.json").string());
  MINBEN_TRY(text, read_file(directory / request_file));
  MINBEN_TRY(before, registry::read_join_request(text));
  if (!before.request.tls_certificate.empty())
    return fail(Kind::conflict, "outside_certificates",
                "their authority renews them; `minben gateway install` puts them in place",
                config.tls_certificate.string());
  using trust::KeyType;
  using trust::SigningKey;
  MINBEN_TRY(signing, SigningKey::load(config.signing_key));
  MINBEN_TRY(seal, config.seal_key.open());
  MINBEN_TRY(pem, read_file(config.seal_certificate));
  MINBEN_TRY(certificate, trust::certificate_from_pem(pem));
  MINBEN_TRY(next_tls,
             SigningKey::load_or_create(gateway::next_file(config.tls_key.file()), KeyType::p256));
  MINBEN_TRY(next_seal,
             SigningKey::load_or_create(gateway::next_file(config.seal_key.file()), KeyType::p256));
  registry::JoinRequest wanted = before.request;
  wanted.made_at = clock.now();
  MINBEN_TRY(request, registry::make_join_request(wanted, {signing, next_tls, next_seal}));
  MINBEN_TRY(renewal, registry::make_renewal_request(request, certificate, seal));
  MINBEN_TRY(read, registry::read_join_request(renewal));
  MINBEN_CHECK(write_file(directory / request_file, renewal + "\n"));
  place.request = read.id;
  MINBEN_CHECK(write_place(directory, place));
  return read.id;
}

Result<std::optional<JoinOutcome>> renew_in_time(const fs::path& directory, const Clock& clock) {
  MINBEN_TRY(config, gateway::read_gateway_config(directory / "gateway.json"));
  const bool joined_here = fs::exists(directory / place_file);
  if (config.renew_before_days == 0 || !joined_here || has_next_certificates(config))
    return std::nullopt;
  if (config.seal_key.in_token() || config.tls_key.in_token()) return std::nullopt;
  MINBEN_TRY(asked, read_file(directory / request_file));
  MINBEN_TRY(before, registry::read_join_request(asked));
  if (!before.request.tls_certificate.empty()) return std::nullopt;  // of an outside authority
  if (!fs::exists(gateway::next_file(config.seal_key.file()))) {
    bool due = false;
    for (const fs::path& file : {config.tls_certificate, config.seal_certificate}) {
      MINBEN_TRY(soon, ends_soon(file, days(config.renew_before_days), clock.now()));
      due = due || soon;
    }
    if (!due) return std::nullopt;
    MINBEN_CHECK(begin_renewal(directory, clock));
  }
  // Sent again, too: the same file twice is one request.
  MINBEN_CHECK(send_join_request(directory));
  MINBEN_TRY(outcome, join_gateway(directory, clock));
  return outcome;
}

}  // namespace minben::app
