#include "approval_protocol.hpp"

#include <spdlog/spdlog.h>

#include "trust/gcm.hpp"

namespace minben::identity {

namespace {
constexpr milliseconds patience{5000};
constexpr std::size_t longest_answer = 64u << 10;

std::string_view mode_name(ApprovalMode mode) {
  switch (mode) {
    case ApprovalMode::push:
      return "PUSH";
    case ApprovalMode::scan:
      return "I-SCAN";
    case ApprovalMode::link:
      return "MWEB2APP";
  }
  return "PUSH";
}

net::ClientConfig client_config(const MobileApprovalConfig& config) {
  net::ClientConfig client;
  client.timeout_ms = patience;
  client.max_response_bytes = longest_answer;
  client.server_ca_pem = config.server_ca;
  return client;
}

std::unexpected<Error> unavailable(std::string_view why) {
  return fail(Kind::unavailable, "approval_unavailable", why);
}
}  // namespace

std::string approval_checksum(const Bytes& secret, std::string_view text, Random& random) {
  const std::string digest = hex_encode(sha256(text));
  return hex_encode(trust::gcm_seal(secret, as_bytes(digest), random));
}

ApprovalService::ApprovalService(const MobileApprovalConfig& config, Random& random)
    : config_(config), random_(random), client_(client_config(config)) {}

Result<std::string> ApprovalService::send(std::string_view path, const JsonObject& body) {
  net::ClientRequest request{.method = net::Method::post,
                             .url = config_.url + std::string(path),
                             .headers = {},
                             .body = write_json(body)};
  request.headers.add("Content-Type", "application/json");
  auto response = client_.send(request);
  if (!response) return unavailable(response.error().code);
  if (response->status != 200) return unavailable(fmt::format("it answered {}", response->status));
  return std::move(response->body);
}

Result<std::string> ApprovalService::begin(const ApprovalRequest& request) {
  const std::string data = base64_encode(as_bytes(request.data));
  const std::string_view mode = mode_name(request.mode);
  const std::string text = fmt::format("{}{}{}ATH{}{}{}", request.transaction_id, config_.provider,
                                       request.national_id, mode, request.hint, data);
  const JsonObject body{{"transaction_id", request.transaction_id},
                        {"sp_service_id", config_.provider},
                        {"sp_checksum", approval_checksum(config_.secret, text, random_)},
                        {"id_num", request.national_id},
                        {"op_code", "ATH"},
                        {"op_mode", mode},
                        {"hint", request.hint},
                        {"time_limit", std::to_string(config_.time_limit.count())},
                        {"sign_info",
                         {{"tbs_encoding", "base64"},
                          {"sign_data", data},
                          {"hash_algorithm", "SHA256"},
                          {"sign_type", "PKCS#1"}}}};
  MINBEN_TRY(answer, send(request.mode == ApprovalMode::push ? "/moise/sp/requestAthOrSignPush"
                                                             : "/moise/sp/getSpTicket",
                          body));
  const auto json = parse_json(answer);
  if (!json || string_or(*json, "error_code").empty()) return unavailable("not its protocol");
  if (const std::string code = string_or(*json, "error_code"); code != "0") {
    spdlog::info("mobile approval was not begun: {}", code);
    return std::string();
  }
  const Json* result = find(*json, "result");
  return result == nullptr ? std::string() : string_or(*result, "sp_ticket");
}

Result<bool> ApprovalService::is_registered(const std::string& transaction_id,
                                            const std::string& national_id) {
  const std::string text = transaction_id + config_.provider + national_id;
  MINBEN_TRY(answer, send("/moise/sp/checkDeviceStatus",
                          {{"transaction_id", transaction_id},
                           {"sp_service_id", config_.provider},
                           {"sp_checksum", approval_checksum(config_.secret, text, random_)},
                           {"id_num", national_id}}));
  const auto json = parse_json(answer);
  if (!json || string_or(*json, "error_code") != "0") return unavailable("not its protocol");
  const Json* result = find(*json, "result");
  const std::string status =
      result == nullptr ? std::string() : string_or(*result, "device_status");
  if (status != "0" && status != "1") return unavailable("not its protocol");
  return status == "1";
}

Result<ApprovalAnswer> ApprovalService::result(const std::string& transaction_id) {
  const std::string text = transaction_id + config_.provider;
  MINBEN_TRY(answer, send("/moise/sp/getAthOrSignResult",
                          {{"transaction_id", transaction_id},
                           {"sp_service_id", config_.provider},
                           {"sp_checksum", approval_checksum(config_.secret, text, random_)}}));
  auto read = read_approval_answer(answer);
  if (!read) return unavailable("not its protocol");
  return read;
}

Result<ApprovalAnswer> read_approval_answer(std::string_view body) {
  const auto bad = [](std::string_view why) { return fail(Kind::invalid, "not_an_approval", why); };
  if (body.size() > longest_answer) return bad("too long");
  const auto json = parse_json(body);
  if (!json) return bad("not JSON");
  ApprovalAnswer answer;
  answer.code = string_or(*json, "error_code");
  if (answer.code.empty() || answer.code.size() > 20) return bad("error_code");
  if (answer.code != "0") return answer;
  const Json* result = find(*json, "result");
  if (result == nullptr) return bad("result");
  const auto signature = base64_decode(string_or(*result, "signed_response"));
  const auto certificate = base64_decode(string_or(*result, "cert"));
  if (!signature || signature->empty()) return bad("signed_response");
  if (!certificate || certificate->empty()) return bad("cert");
  answer.signature = *signature;
  answer.certificate = *certificate;
  answer.national_id = string_or(*result, "id_num");
  return answer;
}

}  // namespace minben::identity
