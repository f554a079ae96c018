// What service providers and people who write mappings send: settings, ids in an address, pid.
#include "mydata/delays.hpp"
#include "mydata/resources.hpp"
#include "requests_impl.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::mydata;
  static const KnownProvider provider = [] {
    KnownProvider made;
    made.secrets.key = Bytes(32, 7);
    made.secrets.client_secret = "0123456789abcdef";
    made.secrets.cbc_iv = "fedcba9876543210";
    made.settings.old_forms.pid = std::chrono::year(2099) / 1 / 1;
    return made;
  }();
  const std::string_view text = as_text({data, size});
  if (const auto ids = read_resource_ids(text)) {
    MINBEN_ASSERT(!ids->empty() && ids->size() <= 32);
    for (const std::string& id : *ids) MINBEN_ASSERT(id.find_first_of("/<>\"& ") == id.npos);
  }
  if (const auto pid = open_pid(provider, text, Instant{})) MINBEN_ASSERT(pid->size() == 10);
  if (const auto resource = parse_resource(text))
    MINBEN_ASSERT(!resource->fields.empty() && !resource->purposes.empty());
  if (const auto laws = parse_delays(text))
    for (const DelayLaw& law : *laws) MINBEN_ASSERT(!law.law.empty() && law.most_days > 0);
  if (const auto client = parse_service_provider(text))
    MINBEN_ASSERT(!client->return_urls.empty() && !client->addresses.empty());
  return 0;
}
