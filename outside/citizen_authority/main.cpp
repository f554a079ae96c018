#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "citizen_authority/authority.hpp"
#include "citizen_authority/signing.hpp"
#include "support/program.hpp"

namespace {

using namespace outside::citizens;

struct Options {
  std::string directory, url, people, number, name, in, out;
  std::uint16_t port = 0;
  int reason = 1;
  bool encryption = false, attached = false;
};

const SystemClock system_time;

Result<std::unique_ptr<Pki>> open_pki(const Options& options) {
  const std::filesystem::path url = std::filesystem::path(options.directory) / "url";
  if (!options.url.empty()) {
    std::filesystem::create_directories(options.directory);
    MINBEN_CHECK(write_file(url, options.url, false));
  }
  MINBEN_TRY(known, read_file(url));
  return Pki::open(options.directory, known, system_time);
}

Result<void> serve(const Options& options) {
  MINBEN_TRY(pki, open_pki(options));
  if (!options.people.empty()) {
    MINBEN_TRY(holders, read_holders(options.people));
    for (const Holder& holder : holders)
      if (!std::filesystem::exists(card_of(options.directory, holder.number) / "signing.pem"))
        MINBEN_CHECK(make_card(*pki, options.directory, holder));
  }
  MINBEN_TRY(running, Authority::start(options.port, *pki));
  fmt::print("citizen-authority: listening on port {}\n", running->port());
  std::fflush(stdout);
  outside::wait_for_end();
  return {};
}

Result<void> card(const Options& options) {
  MINBEN_TRY(pki, open_pki(options));
  return make_card(*pki, options.directory, {options.number, options.name});
}

Result<void> revoke(const Options& options) {
  MINBEN_TRY(pki, open_pki(options));
  MINBEN_TRY(held, load(card_of(options.directory, options.number), "signing"));
  return pki->revoke(serial_of(held.certificate.get()), options.reason);
}

Result<void> sign_file(const Options& options) {
  MINBEN_TRY(held, load(card_of(options.directory, options.number),
                        options.encryption ? "encryption" : "signing"));
  MINBEN_TRY(content, read_file(options.in));
  const Bytes signature = sign(as_bytes(content), held, {.attached = options.attached});
  return write_file(options.out, as_text(signature), false);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("An authority outside the platform that certifies citizens, and their card tool");
  app.require_subcommand(1);
  const auto command = [&](const char* name, const char* what) {
    CLI::App* made = app.add_subcommand(name, what);
    made->add_option("--data", options.directory, "Directory of keys, cards and books")->required();
    return made;
  };
  CLI::App* serving = command("serve", "Serves lists (/citizens.crl) and answers (/ocsp)");
  serving->add_option("--port", options.port, "Port, 0 for any")->required();
  serving->add_option("--url", options.url, "Where it is reached; stands in certificates")
      ->required();
  serving->add_option("--people", options.people,
                      R"(JSON lines {"number","name"}: who gets cards)");
  CLI::App* carding = command("card", "Makes a card; an earlier one is revoked");
  carding->add_option("--name", options.name, "Name on it")->required();
  CLI::App* revoking = command("revoke", "Revokes somebody's card");
  revoking->add_option("--reason", options.reason, "RFC 5280 §5.3.1")->check(CLI::Range(0, 10));
  CLI::App* signing = command("sign", "Signs a file as a citizen's card tool does (.p7s)");
  signing->add_option("--in", options.in, "What is signed")->required();
  signing->add_option("--out", options.out, "The signature, DER")->required();
  signing->add_flag("--attached", options.attached, "With the content inside");
  signing->add_flag("--encryption", options.encryption, "By mistake, with the other certificate");
  for (CLI::App* of_one : {carding, revoking, signing})
    of_one->add_option("--number", options.number, "National id of the holder")->required();
  CLI11_PARSE(app, argc, argv);

  outside::block_end_signals();
  const auto done = *serving    ? serve(options)
                    : *carding  ? card(options)
                    : *revoking ? revoke(options)
                                : sign_file(options);
  if (done) return 0;
  fmt::print(stderr, "citizen-authority: {}\n", minben::describe(done.error()));
  return 1;
}
