// Keys, folders and tokens on this machine.
#include <unistd.h>

#include <fmt/format.h>

#include "doctor.hpp"

namespace minben::app::doctor {

namespace fs = std::filesystem;

namespace {

constexpr auto others = fs::perms::group_all | fs::perms::others_all;

bool is_open_to_others(const fs::path& path) {
  std::error_code error;
  return (fs::status(path, error).permissions() & others) != fs::perms::none;
}

std::string mebibytes(std::uintmax_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::fine:
      return "fine";
    case Severity::warning:
      return "warning";
    case Severity::fault:
      return "fault";
  }
  return {};
}

Finding fine(std::string_view subject, std::string_view what) {
  return {Severity::fine, "ok", std::string(subject), std::string(what), ""};
}
Finding warning(std::string_view code, std::string_view subject, std::string_view what,
                std::string_view remedy) {
  return {Severity::warning, std::string(code), std::string(subject), std::string(what),
          std::string(remedy)};
}
Finding fault(std::string_view code, std::string_view subject, std::string_view what,
              std::string_view remedy) {
  return {Severity::fault, std::string(code), std::string(subject), std::string(what),
          std::string(remedy)};
}

Finding check_key(const fs::path& file, trust::KeyType type) {
  const std::string name = file.string();
  std::error_code error;
  if (!fs::exists(file, error))
    return fault("missing_file", name, "The key is not there.",
                 "Restore it from your backup, or run `minben gateway init` again for a new one.");
  if (is_open_to_others(file))
    return fault("file_too_open", name, "Others on this machine can read this private key.",
                 fmt::format("chmod 600 {}; if strangers use this machine, have the certificate "
                             "revoked and make a new key.",
                             name));
  const auto key = trust::SigningKey::load(file);
  if (!key)
    return fault(
        "unreadable_key", name,
        fmt::format("It is not a private key that can be used: {}.", describe(key.error())),
        "Restore it from your backup.");
  if (key->type() != type)
    return fault("wrong_key_type", name,
                 fmt::format("It is a key of type {}, and {} is needed.",
                             trust::to_string(key->type()), trust::to_string(type)),
                 "Look whether files were mixed up.");
  return fine(name, fmt::format("{} key, readable by its owner alone", trust::to_string(type)));
}

Finding check_key(const trust::KeyPlace& place, trust::KeyType type) {
  return place.in_token() ? check_token_key(place) : check_key(place.file(), type);
}

Findings check_folder(const fs::path& folder, const SpaceLimits& limits) {
  const std::string name = folder.string();
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return {fault("missing_folder", name, "The folder is not there.",
                  fmt::format("mkdir -m 700 {}", name))};
  Findings findings;
  if (is_open_to_others(folder))
    findings.push_back(fault("folder_too_open", name, "Others on this machine can look into it.",
                             fmt::format("chmod 700 {}", name)));
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    findings.push_back(fault("folder_not_writable", name,
                             "The user of this process may not write into it.",
                             "Run the gateway as the folder's owner, or give it to that user."));
  const auto space = fs::space(folder, error);
  const std::string left = fmt::format("{} are free on its disk.", mebibytes(space.available));
  if (!error && space.available < limits.fault_bytes)
    findings.push_back(fault("disk_full", name, "Only " + left,
                             "Free some: a gateway that cannot write its ledger answers nobody."));
  else if (!error && space.available < limits.warning_bytes)
    findings.push_back(warning("disk_nearly_full", name, "Only " + left, "Free some soon."));
  if (findings.empty()) findings.push_back(fine(name, left));
  return findings;
}

Findings check_tokens(const fs::path& folder, const gateway::GatewayConfig& config) {
  Findings findings;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".token") continue;
    const std::string name = entry.path().string();
    if (is_open_to_others(entry.path())) {
      findings.push_back(fault("file_too_open", name,
                               "Others on this machine can read this token and call in the name "
                               "of the information system.",
                               fmt::format("chmod 600 {}, and make a new token when strangers use "
                                           "this machine.",
                                           name)));
      continue;
    }
    const auto text = trust::read_secret_file(entry.path());
    const auto known = config.clients.find(entry.path().stem().string());
    if (!text || known == config.clients.end() || known->second != hex_encode(sha256(trim(*text))))
      findings.push_back(warning("token_unknown", name,
                                 "The gateway does not accept this token: its SHA-256 is not what "
                                 "gateway.json has for that information system.",
                                 "Run `minben gateway init` again, or put the digest there."));
    else findings.push_back(fine(name, "accepted by the gateway, readable by its owner alone"));
  }
  return findings;
}

}  // namespace minben::app::doctor
