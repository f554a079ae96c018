#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <fstream>

#include "payment_provider/provider.hpp"
#include "support/program.hpp"

namespace {

using namespace minben;

Bytes read_secret(const std::string& file) {
  std::ifstream in(file);
  std::string text;
  std::getline(in, text);
  return hex_decode(trim(text)).value_or(Bytes{});
}

}  // namespace

int main(int argc, char** argv) {
  outside::payment::ProviderConfig config;
  std::string secret_file;
  std::string directory;
  CLI::App app("A payment provider outside the platform");
  app.add_option("--port", config.port, "Port, 0 for any")->required();
  app.add_option("--data", directory, "Directory of its state")->required();
  app.add_option("--secret-file", secret_file, "64 or more hexadecimal digits")->required();
  app.add_option("--callback", config.callback_url, "The merchant's callback address")->required();
  app.add_option("--merchant", config.merchant, "The merchant's name");
  app.add_option("--public-url", config.public_url, "As browsers reach it");
  CLI11_PARSE(app, argc, argv);
  config.directory = directory;
  config.secret = read_secret(secret_file);

  outside::block_end_signals();
  SystemClock clock;
  SystemRandom random;
  auto provider = outside::payment::Provider::start(std::move(config), clock, random);
  if (!provider) {
    fmt::print(stderr, "payment-provider: {}\n", describe(provider.error()));
    return 1;
  }
  fmt::print("payment-provider: listening on port {}\n", (*provider)->port());
  std::fflush(stdout);
  outside::wait_for_end();
}
