#include <fmt/format.h>

#include "exchange/values.hpp"
#include "files.hpp"
#include "gateway.hpp"

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;

JsonObject write_map(const std::map<std::string, std::string>& map) {
  JsonObject object;
  for (const auto& [key, value] : map) object.emplace(key, value);
  return object;
}

Result<std::map<std::string, std::string>> read_map(const Json& json, std::string_view name) {
  const Json* object = find(json, name);
  if (!object || !object->is_object())
    return fail(Kind::invalid, "wrong_type", "expected an object", name);
  std::map<std::string, std::string> map;
  for (const auto& member : object->as_object()) {
    if (!member.value().is_string())
      return fail(Kind::invalid, "wrong_type", "expected strings", name);
    map.emplace(member.key(), member.value().as_string());
  }
  return map;
}

Result<std::int64_t> integer_or(const Json& json, std::string_view name, std::int64_t otherwise,
                                std::int64_t smallest, std::int64_t largest) {
  if (!find(json, name)) return otherwise;
  MINBEN_TRY(value, get_integer(json, name));
  if (value < smallest || value > largest)
    return fail(Kind::invalid, "out_of_range", fmt::format("{} to {}", smallest, largest), name);
  return value;
}

Result<void> read_listener(const Json& json, std::string_view name, std::string& address,
                           std::uint16_t& port) {
  const Json* listener = find(json, name);
  if (!listener) return fail(Kind::invalid, "missing", "", name);
  address = string_or(*listener, "address", "127.0.0.1");
  MINBEN_TRY(number, integer_or(*listener, "port", 0, 0, 65535));
  port = static_cast<std::uint16_t>(number);
  return {};
}

Result<void> read_openapi(const Json& json, const fs::path& base, GatewayConfig& config) {
  if (!find(json, "openapi")) return {};
  MINBEN_TRY(files, read_map(json, "openapi"));
  for (const auto& [service, file] : files) config.openapi.emplace(service, base / file);
  return {};
}

Result<void> read_keep_bodies(const Json& json, GatewayConfig& config) {
  MINBEN_TRY(total, integer_or(json, "keep_bodies_total", std::int64_t{1} << 30, 1 << 20,
                               std::int64_t{1} << 40));
  config.keep_bodies_total = static_cast<std::size_t>(total);
  const Json* services = find(json, "keep_bodies");
  if (services == nullptr) return {};
  if (!services->is_object())
    return fail(Kind::invalid, "wrong_type", "expected an object", "keep_bodies");
  for (const auto& member : services->as_object()) {
    MINBEN_TRY(service, ServiceId::parse(member.key()));
    constexpr std::array<std::string_view, 2> known{"days", "max_bytes"};
    MINBEN_CHECK(check_members(member.value(), known));
    MINBEN_TRY(kept_days, integer_or(member.value(), "days", 30, 1, 3650));
    MINBEN_TRY(most, integer_or(member.value(), "max_bytes", 64 << 10, 1, 10 << 20));
    config.keep_bodies[std::move(service)] = {static_cast<int>(kept_days),
                                              static_cast<std::size_t>(most)};
  }
  return {};
}

JsonObject write_keep_bodies(const GatewayConfig& config) {
  JsonObject services;
  for (const auto& [service, rule] : config.keep_bodies)
    services.emplace(to_string(service),
                     JsonObject{{"days", rule.days}, {"max_bytes", rule.max_bytes}});
  return services;
}

Result<ErrorForm> read_error_form(const Json& json) {
  const std::string text(string_or(json, "errors", "problem"));
  if (text == "problem") return ErrorForm::problem;
  if (text == "x-road") return ErrorForm::x_road;
  return fail(Kind::invalid, "wrong_type", "problem or x-road", "errors");
}

Result<MessagesConfig> read_messages(const Json& gateway) {
  MessagesConfig out;
  const Json* json = find(gateway, "messages");
  if (!json) return out;
  constexpr std::int64_t most = std::int64_t{1} << 50;
  const auto number = [&](std::string_view name, std::size_t& into,
                          std::int64_t least) -> Result<void> {
    MINBEN_TRY(value, integer_or(*json, name, static_cast<std::int64_t>(into), least, most));
    into = static_cast<std::size_t>(value);
    return {};
  };
  MINBEN_CHECK(number("max_events", out.max_events, 1));
  MINBEN_CHECK(number("max_bytes", out.max_bytes, 1024));
  MINBEN_CHECK(number("max_file_bytes", out.max_file_bytes, 0));
  MINBEN_TRY(keep, integer_or(*json, "keep_s", out.keep_s.count(), 60, 366 * 86400));
  out.keep_s = seconds(keep);
  MINBEN_TRY(pause, integer_or(*json, "longest_pause_s", out.longest_pause_s.count(), 1, 3600));
  out.longest_pause_s = seconds(pause);
  if (find(*json, "push")) {
    MINBEN_TRY(push, read_map(*json, "push"));
    out.push = std::move(push);
  }
  return out;
}

JsonObject write_messages(const MessagesConfig& messages) {
  return {{"max_events", messages.max_events},
          {"max_bytes", messages.max_bytes},
          {"keep_s", messages.keep_s.count()},
          {"max_file_bytes", messages.max_file_bytes},
          {"longest_pause_s", messages.longest_pause_s.count()},
          {"push", write_map(messages.push)}};
}

/// Files and keys, which are relative to the configuration.
Result<void> read_files(const Json& json, const fs::path& base, GatewayConfig& config) {
  for (const auto& [name, into] :
       {std::pair<std::string_view, fs::path*>{"state_directory", &config.state_directory},
        {"signing_key", &config.signing_key},
        {"seal_certificate", &config.seal_certificate},
        {"tls_certificate", &config.tls_certificate},
        {"registry_key", &config.registry_key}}) {
    MINBEN_TRY(text, get_string(json, name));
    *into = base / text;
  }
  for (const auto& [name, into] :
       {std::pair<std::string_view, trust::KeyPlace*>{"seal_key", &config.seal_key},
        {"tls_key", &config.tls_key}}) {
    MINBEN_TRY(text, get_string(json, name));
    MINBEN_TRY(place, trust::KeyPlace::parse(text, base));
    *into = std::move(place);
  }
  for (const auto& [name, into] :
       {std::pair<std::string_view, fs::path*>{"witness_key", &config.witness_key},
        {"witnessed_logs", &config.witnessed_logs},
        {"registry_authorities", &config.registry_authorities},
        {"witnesses", &config.witnesses}})
    if (const std::string text(string_or(json, name)); !text.empty()) *into = base / text;
  if (config.witness_key.empty() != config.witnessed_logs.empty())
    return fail(Kind::invalid, "missing", "witness_key and witnessed_logs go together",
                "witnessed_logs");
  return {};
}

/// Times and bounds, each with what counts where it is not named.
Result<void> read_numbers(const Json& json, GatewayConfig& config) {
  MINBEN_TRY(timeout, integer_or(json, "register_timeout_ms", 10000, 1, 600000));
  config.register_timeout_ms = milliseconds(timeout);
  MINBEN_TRY(connect, integer_or(json, "connect_timeout_ms", 3000, 1, 60000));
  config.connect_timeout_ms = milliseconds(connect);
  MINBEN_TRY(patience, integer_or(json, "answer_timeout_ms", 12000, 1, 600000));
  config.answer_timeout_ms = milliseconds(patience);
  MINBEN_TRY(keep, integer_or(json, "keep_days", 365, 1, 36500));
  config.keep_days = static_cast<int>(keep);
  MINBEN_TRY(max_body, integer_or(json, "max_body", 1 << 20, 1024, 64 << 20));
  config.max_body = static_cast<std::size_t>(max_body);
  MINBEN_TRY(max_stream,
             integer_or(json, "max_stream", std::int64_t{8} << 30, 1024, std::int64_t{1} << 40));
  config.max_stream = static_cast<std::size_t>(max_stream);
  MINBEN_TRY(peer_idle, integer_or(json, "peer_idle_s", 60, 1, 3600));
  config.peer_idle_s = seconds(peer_idle);
  MINBEN_TRY(threads, integer_or(json, "threads", 1, 1, 64));
  config.threads = static_cast<int>(threads);
  MINBEN_TRY(overlap, integer_or(json, "key_overlap_s", 120, 0, 7 * 86400));
  config.key_overlap_s = seconds(overlap);
  MINBEN_TRY(renew_before, integer_or(json, "renew_before_days", 45, 0, 365));
  config.renew_before_days = static_cast<int>(renew_before);
  MINBEN_TRY(interval, integer_or(json, "timestamp_interval_s", 60, 1, 86400));
  config.timestamp_interval_s = seconds(interval);
  MINBEN_TRY(grace, integer_or(json, "timestamp_grace_s", 4 * 3600, 60, 30 * 86400));
  config.timestamp_grace_s = seconds(grace);
  return {};
}

Result<GatewayConfig> read(const Json& json, const fs::path& base) {
  GatewayConfig config;
  MINBEN_TRY(member_text, get_string(json, "member"));
  MINBEN_TRY(member, AgencyCode::parse(member_text));
  config.member = std::move(member);
  MINBEN_CHECK(read_listener(json, "client", config.client_address, config.client_port));
  MINBEN_CHECK(read_listener(json, "peer", config.peer_address, config.peer_port));
  MINBEN_CHECK(read_files(json, base, config));
  MINBEN_TRY(source, get_string(json, "configuration"));
  config.configuration = source.starts_with("http") ? source : (base / source).string();
  MINBEN_TRY(refresh, integer_or(json, "refresh_s", 30, 1, 86400));
  config.refresh_s = seconds(refresh);
  MINBEN_TRY(registers, read_map(json, "registers"));
  config.registers = std::move(registers);
  MINBEN_CHECK(read_openapi(json, base, config));
  MINBEN_TRY(errors, read_error_form(json));
  config.errors = errors;
  MINBEN_TRY(messages, read_messages(json));
  config.messages = std::move(messages);
  MINBEN_TRY(clients, read_map(json, "clients"));
  config.clients = std::move(clients);
  MINBEN_CHECK(read_numbers(json, config));
  MINBEN_CHECK(read_keep_bodies(json, config));
  return config;
}

}  // namespace

void keep_in(const fs::path& home, GatewayConfig& config) {
  config.state_directory = home / "state";
  config.signing_key = home / "signing.key.pem";
  config.seal_key = home / "seal.key.pem";
  config.seal_certificate = home / "seal.pem";
  config.tls_key = home / "tls.key.pem";
  config.tls_certificate = home / "tls.pem";
  config.witness_key = home / "witness.key.pem";
  config.witnessed_logs = home / "logs.policy";
}

net::TlsConfig own_tls(const GatewayConfig& config) {
  net::TlsConfig tls{config.tls_certificate, {}, {}};
  if (config.tls_key.in_token()) {
    tls.key = [place = config.tls_key]() -> Result<std::shared_ptr<evp_pkey_st>> {
      MINBEN_TRY(key, place.open());
      return key.handle();
    };
  } else {
    tls.key_pem = config.tls_key.file();
  }
  return tls;
}

Result<GatewayConfig> read_gateway_config(const fs::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(Kind::invalid, "gateway_config", text.error().detail, file.string());
  const auto json = parse_json(*text);
  if (!json) {
    Error error = json.error();
    error.field = file.string();
    return fail(std::move(error));
  }
  auto config = read(*json, file.parent_path());
  if (!config)
    return fail(Kind::invalid, "gateway_config", describe(config.error()), file.string());
  return config;
}

Result<void> write_gateway_config(const GatewayConfig& config, const fs::path& file) {
  const fs::path base = file.parent_path();
  const auto relative = [&](const fs::path& path) {
    return path.empty() ? std::string() : path.lexically_proximate(base).string();
  };
  const auto key = [&](const trust::KeyPlace& place) {
    return place.in_token() ? place.text() : relative(place.file());
  };
  JsonObject openapi;
  for (const auto& [service, description] : config.openapi)
    openapi.emplace(service, relative(description));
  const bool is_url = config.configuration.starts_with("http");
  const JsonObject json{
      {"member", config.member.value},
      {"client", {{"address", config.client_address}, {"port", config.client_port}}},
      {"peer", {{"address", config.peer_address}, {"port", config.peer_port}}},
      {"state_directory", relative(config.state_directory)},
      {"signing_key", relative(config.signing_key)},
      {"seal_key", key(config.seal_key)},
      {"seal_certificate", relative(config.seal_certificate)},
      {"tls_key", key(config.tls_key)},
      {"tls_certificate", relative(config.tls_certificate)},
      {"registry_key", relative(config.registry_key)},
      {"witness_key", relative(config.witness_key)},
      {"witnessed_logs", relative(config.witnessed_logs)},
      {"witnesses", relative(config.witnesses)},
      {"registry_authorities", relative(config.registry_authorities)},
      {"configuration", is_url ? config.configuration : relative(config.configuration)},
      {"refresh_s", config.refresh_s.count()},
      {"registers", write_map(config.registers)},
      {"openapi", std::move(openapi)},
      {"errors", config.errors == ErrorForm::x_road ? "x-road" : "problem"},
      {"messages", write_messages(config.messages)},
      {"clients", write_map(config.clients)},
      {"register_timeout_ms", config.register_timeout_ms.count()},
      {"connect_timeout_ms", config.connect_timeout_ms.count()},
      {"answer_timeout_ms", config.answer_timeout_ms.count()},
      {"keep_days", config.keep_days},
      {"max_body", config.max_body},
      {"max_stream", config.max_stream},
      {"peer_idle_s", config.peer_idle_s.count()},
      {"threads", config.threads},
      {"key_overlap_s", config.key_overlap_s.count()},
      {"renew_before_days", config.renew_before_days},
      {"timestamp_interval_s", config.timestamp_interval_s.count()},
      {"timestamp_grace_s", config.timestamp_grace_s.count()},
      {"keep_bodies", write_keep_bodies(config)},
      {"keep_bodies_total", config.keep_bodies_total},
  };
  return trust::write_secret_file(file, write_json_pretty(json) + "\n");
}

}  // namespace minben::gateway
