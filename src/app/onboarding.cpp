#include "onboarding.hpp"

#include "exchange/handover.hpp"
#include "files.hpp"
#include "gateway/gateway.hpp"
#include "net/net.hpp"
#include "trust/revocation.hpp"

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
  gateway::keep_in(home, config);
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
  MINBEN_TRY(tls, SigningKey::load_or_create(config.tls_key, KeyType::p256));
  MINBEN_TRY(seal, SigningKey::load_or_create(config.seal_key, KeyType::p256));
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
struct KeyPlace {
  fs::path key, certificate;
  trust::Usage usage = trust::Usage::any;
};

/// Takes a certificate after checking that it is for our key, the next one or the one in use, and
/// good.
Result<trust::CertificateInfo> take_certificate(const Json& answer, std::string_view name,
                                                const KeyPlace& place,
                                                const trust::PathValidator& validator,
                                                Instant now) {
  MINBEN_TRY(pem, get_string(answer, name));
  MINBEN_TRY(certificate, trust::certificate_from_pem(pem));
  MINBEN_TRY(info, validator.check(certificate.der, now, place.usage));
  MINBEN_TRY(holder, trust::certificate_key(certificate.der));
  if (const fs::path next = gateway::next_file(place.key); fs::exists(next)) {
    MINBEN_TRY(key, trust::SigningKey::load(next));
    if (holder == key.verify_key()) {
      MINBEN_CHECK(write_file(gateway::next_file(place.certificate), certificate.pem));
      return info;
    }
  }
  MINBEN_TRY(key, trust::SigningKey::load(place.key));
  if (!(holder == key.verify_key()))
    return fail(Kind::forbidden, "certificate_other_key",
                "the registry issued a certificate for another key", place.key.string());
  MINBEN_CHECK(write_file(place.certificate, certificate.pem));
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

}  // namespace

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
  MINBEN_TRY(key_pem, read_file(config.registry_key));
  MINBEN_TRY(registry_key, trust::VerifyKey::from_pem(key_pem));
  MINBEN_TRY(published, ask_registry(place, "/exchange/configuration"));
  MINBEN_TRY(configuration, exchange::verify_configuration(published, registry_key, clock.now()));
  MINBEN_TRY(validator, trust::PathValidator::make(configuration.trust_anchors,
                                                   configuration.revocation_lists));
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
  outcome.version = configuration.version;
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
  MINBEN_TRY(text, read_file(directory / request_file));
  MINBEN_TRY(before, registry::read_join_request(text));
  using trust::KeyType;
  using trust::SigningKey;
  MINBEN_TRY(signing, SigningKey::load(config.signing_key));
  MINBEN_TRY(seal, SigningKey::load(config.seal_key));
  MINBEN_TRY(pem, read_file(config.seal_certificate));
  MINBEN_TRY(certificate, trust::certificate_from_pem(pem));
  MINBEN_TRY(next_tls,
             SigningKey::load_or_create(gateway::next_file(config.tls_key), KeyType::p256));
  MINBEN_TRY(next_seal,
             SigningKey::load_or_create(gateway::next_file(config.seal_key), KeyType::p256));
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
  if (!fs::exists(gateway::next_file(config.seal_key))) {
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
