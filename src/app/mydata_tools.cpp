// minben mydata: service providers, and whether a register's mapping fits its description.
#include <fmt/core.h>

#include "commands.hpp"
#include "files.hpp"
#include "mydata/requests.hpp"
#include "platform.hpp"
#include "registry/registry.hpp"
#include "with_database.hpp"

namespace minben::app::command {

namespace {

/// Does `work` with the service providers.
template <class Work>
int with_providers(const MyDataOptions& options, Work&& work) {
  return with_database(
      options.config,
      [&](const Config& config, store::Database& database, const Clock& clock) -> Result<int> {
        SystemRandom random;
        MINBEN_TRY(ring, trust::KeyRing::load(config.state / master_key_file));
        MINBEN_TRY(keys, keys::Keys::open(database, clock, random, std::move(ring)));
        mydata::ServiceProviders providers(database, clock, random, *keys);
        MINBEN_CHECK(work(providers));
        return 0;
      });
}

Result<void> suspend(const MyDataOptions& options, mydata::ServiceProviders& providers, bool stop) {
  return providers.suspend(options.id, stop);
}

std::string until(const std::optional<Date>& date) { return date ? to_string(*date) : "-"; }

/// Every field of the mapping must be one of the description's.
Result<Errors> compare(const mydata::Resource& resource, const std::filesystem::path& mapping) {
  const auto file = mapping.parent_path() / resource.openapi;
  MINBEN_TRY(text, read_file(file));
  MINBEN_TRY(description, registry::read_openapi(text));
  Errors faults;
  for (const mydata::Field& field : resource.fields)
    if (std::ranges::find(description.fields, field.name) == description.fields.end())
      faults.push_back(
          fail(Kind::invalid, "unknown_field",
               fmt::format("\"{}\" is in no answer of {}", field.name, file.filename().string()),
               mapping.string())
              .error());
  return faults;
}

}  // namespace

int add_service_provider(const MyDataOptions& options) {
  return with_providers(options, [&](mydata::ServiceProviders& providers) -> Result<void> {
    MINBEN_TRY(text, read_file(options.file));
    MINBEN_TRY(provider, mydata::parse_service_provider(text));
    MINBEN_TRY(secrets, providers.add(provider));
    if (!secrets) {
      fmt::print("{}: settings changed, secrets as they were\n", provider.client_id);
      return {};
    }
    JsonObject told{{"client_id", provider.client_id},
                    {"key", base64url_encode(secrets->key)},
                    {"data_token", secrets->data_token},
                    {"api_key", secrets->api_key}};
    if (provider.old_forms.any()) {
      told["client_secret"] = secrets->client_secret;
      told["cbc_iv"] = secrets->cbc_iv;
    }
    fmt::print("{}\n", write_json_pretty(told));
    return {};
  });
}

int list_service_providers(const MyDataOptions& options) {
  return with_providers(options, [](mydata::ServiceProviders& providers) -> Result<void> {
    MINBEN_TRY(all, providers.list());
    for (const mydata::ServiceProvider& one : all) {
      fmt::print("{}  {}{}\n", one.client_id, one.name.en, one.suspended ? "  SUSPENDED" : "");
      if (one.old_forms.any())
        fmt::print("    OLD FORMS until: pid {}, secret_key {}, ticket alone {}\n",
                   until(one.old_forms.pid), until(one.old_forms.secret_key),
                   until(one.old_forms.ticket_alone));
    }
    return {};
  });
}

int suspend_service_provider(const MyDataOptions& options) {
  return with_providers(options,
                        [&](auto& providers) { return suspend(options, providers, true); });
}

int resume_service_provider(const MyDataOptions& options) {
  return with_providers(options,
                        [&](auto& providers) { return suspend(options, providers, false); });
}

int check_data_provider(const MyDataOptions& options) {
  const auto faults = [&]() -> Result<Errors> {
    MINBEN_TRY(text, read_file(options.file));
    MINBEN_TRY(resource, mydata::parse_resource(text));
    return compare(resource, options.file);
  }();
  if (!faults) {
    fmt::print(stderr, "{}: {}\n", options.file.string(), describe(faults.error()));
    return faults.error().kind == Kind::invalid ? 1 : 2;
  }
  for (const Error& fault : *faults) fmt::print(stderr, "{}\n", describe(fault));
  if (faults->empty()) fmt::print("{}: it fits\n", options.file.string());
  return faults->empty() ? 0 : 1;
}

}  // namespace minben::app::command
