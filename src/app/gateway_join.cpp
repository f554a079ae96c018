// minben gateway init, minben gateway join.
#include <fmt/core.h>

#include "commands.hpp"
#include "onboarding.hpp"

namespace minben::app::command {

namespace {

int complain(const Error& error) {
  fmt::print(stderr, "{}\n", describe(error));
  return 2;
}

Result<NewGateway> wanted_by(const GatewayInitOptions& options) {
  NewGateway wanted;
  wanted.directory = options.directory;
  wanted.registry = options.registry;
  wanted.registry_key = options.registry_key;
  wanted.authorities = options.authorities;
  wanted.client_port = options.client_port;
  wanted.outside_authority = options.outside_authority;
  wanted.request.member_class = options.member_class;
  wanted.request.member = AgencyCode{options.member};
  wanted.request.name = {options.name, options.name_en.empty() ? options.name : options.name_en};
  wanted.request.gateway = options.gateway;
  wanted.request.url = options.url;
  wanted.request.subsystems = options.subsystems;
  for (const auto& [text, into] : {std::pair(&options.tls_key, &wanted.tls_key),
                                   std::pair(&options.seal_key, &wanted.seal_key)}) {
    if (text->empty()) continue;
    MINBEN_TRY(place, trust::KeyPlace::parse(*text, options.directory));
    if (!place.in_token()) return fail(Kind::invalid, "bad_key_uri", "a pkcs11: URI", *text);
    *into = std::move(place);
  }
  for (const std::string& text : options.registers) {
    const auto equals = text.find('=');
    const std::string service = text.substr(0, equals);
    const auto slash = service.find('/');
    if (equals == text.npos || slash == text.npos)
      return fail(Kind::invalid, "bad_register", "expected SUBSYSTEM/SERVICE=URL", text);
    wanted.registers[service] = text.substr(equals + 1);
    auto& subsystems = wanted.request.subsystems;
    const std::string subsystem = service.substr(0, slash);
    if (std::ranges::find(subsystems, subsystem) == subsystems.end())
      subsystems.push_back(subsystem);
  }
  return wanted;
}

void say_whom_to_ask(const GatewayInitOptions& options, const Begun& begun) {
  const std::string directory = options.directory.string();
  fmt::print(
      "The gateway's folder is ready: {}\n\n"
      "1. Have your authority sign two requests (what it must put into the certificates:\n"
      "   docs/exchange-onboarding.md):\n     {}\n     {}\n"
      "2. Put what it issued in place, each with the certificates up to its root:\n"
      "     minben gateway install {} --tls TLS.pem --seal SEAL.pem\n\n"
      "The registry's fingerprint, to compare by telephone: {}\n",
      directory, begun.tls_request.string(), begun.seal_request.string(), directory,
      registry::spoken_fingerprint(begun.registry_fingerprint));
}

void say_what_next(const GatewayInitOptions& options, const Begun& begun, bool sent) {
  const std::string directory = options.directory.string();
  fmt::print("The gateway's folder is ready: {}\n\n", directory);
  fmt::print("1. {} {}\n", sent ? "The request was sent to the registry:" : "Send this file:",
             begun.request_file.string());
  if (!sent)
    fmt::print("   (POST it to {}/exchange/requests, or have it uploaded there)\n",
               options.registry);
  fmt::print(
      "2. Call the officers of the exchange, by a number that you know from elsewhere, and\n"
      "   compare two fingerprints with them:\n"
      "     of your request     {}\n"
      "     of their registry   {}\n",
      registry::spoken_fingerprint(begun.id),
      registry::spoken_fingerprint(begun.registry_fingerprint));
  fmt::print("3. When they have approved it:   minben gateway join {}\n", directory);
  fmt::print("4. Look whether all is well:     minben gateway doctor {}\n", directory);
  fmt::print("5. Start:                        minben gateway --config {}/gateway.json\n\n",
             directory);
  for (const auto& token : begun.tokens)
    fmt::print("Token of an information system: {}\n", token.string());
}

}  // namespace

int init_gateway(const GatewayInitOptions& options) {
  SystemClock clock;
  SystemRandom random;
  const auto wanted = wanted_by(options);
  if (!wanted) return complain(wanted.error());
  const auto begun = begin_gateway(*wanted, clock, random);
  if (!begun) return complain(begun.error());
  if (options.outside_authority) {
    say_whom_to_ask(options, *begun);
    return 0;
  }
  bool sent = false;
  if (!options.offline) {
    const auto done = send_join_request(options.directory);
    if (!done && done.error().code != "registry_unreachable") return complain(done.error());
    sent = done.has_value();
  }
  say_what_next(options, *begun, sent);
  return 0;
}

namespace {

void say_what_waits(const std::filesystem::path& directory, const std::string& id,
                    const JoinOutcome& outcome) {
  if (outcome.state == Joining::joined) {
    fmt::print(
        "Approved. A running gateway takes the new keys up by itself within a few minutes;\n"
        "one that is not running, when it starts.   minben gateway doctor {}\n",
        directory.string());
  } else if (outcome.state == Joining::refused) {
    fmt::print("Refused: {}\n", outcome.reason);
  } else {
    fmt::print(
        "An officer of the exchange has to approve it{}{}.\n"
        "Compare the request's fingerprint with them:  {}\n"
        "The gateway asks by itself from now on whether they have.\n",
        outcome.reason.empty() ? "" : ": ", outcome.reason, registry::spoken_fingerprint(id));
  }
}

}  // namespace

int renew_gateway(const GatewayRenewOptions& options) {
  SystemClock clock;
  const auto id = begin_renewal(options.directory, clock);
  if (!id) return complain(id.error());
  if (options.offline) {
    fmt::print("Upload this file on the desk of the exchange, then `minben gateway join {}`: {}\n",
               options.directory.string(), (options.directory / "join-request.json").string());
    return 0;
  }
  if (const auto sent = send_join_request(options.directory); !sent) return complain(sent.error());
  const auto outcome = app::join_gateway(options.directory, clock);
  if (!outcome) return complain(outcome.error());
  say_what_waits(options.directory, *id, *outcome);
  return outcome->state == Joining::joined ? 0 : 1;
}

int install_gateway(const GatewayInstallOptions& options) {
  SystemClock clock;
  const auto installed = install_certificates(options.directory, options.tls, options.seal, clock);
  if (!installed) return complain(installed.error());
  if (!installed->checked)
    fmt::print(
        "The registry cannot be reached: whether it trusts the authority is not known yet.\n");
  bool sent = false;
  if (!options.offline) {
    const auto done = send_join_request(options.directory);
    if (!done && done.error().code != "registry_unreachable") return complain(done.error());
    sent = done.has_value();
  }
  fmt::print(
      "Certificates are in place; the first ends on {}.\n{}\n"
      "Fingerprint of the request, to compare by telephone: {}\n"
      "When it is approved:   minben gateway join {}\n",
      to_string(installed->certificate_ends),
      sent ? "The request to publish them was sent to the registry."
           : "Carry join-request.json to an officer of the exchange.",
      registry::spoken_fingerprint(installed->id), options.directory.string());
  return 0;
}

int join_gateway(const std::filesystem::path& directory) {
  SystemClock clock;
  const auto outcome = app::join_gateway(directory, clock);
  if (!outcome) return complain(outcome.error());
  switch (outcome->state) {
    case Joining::waiting:
      fmt::print("Not decided yet. Have you compared fingerprints by telephone?\n");
      return 1;
    case Joining::refused:
      fmt::print("Refused: {}\n", outcome->reason);
      return 1;
    case Joining::joined:
      if (outcome->for_next) {
        fmt::print("Joined. A running gateway takes the new keys up by itself within minutes.\n");
        return 0;
      }
      fmt::print(
          "Joined. Configuration version {}; certificates end on {}.\n"
          "Start:  minben gateway --config {}\n",
          outcome->version, to_string(outcome->certificate_ends),
          (directory / "gateway.json").string());
      return 0;
  }
  return 2;
}

}  // namespace minben::app::command
