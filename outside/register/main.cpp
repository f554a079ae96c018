#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "register/register.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  outside::registers::RegisterConfig config;
  std::vector<std::string> writable, asked;
  std::string records, state;
  CLI::App app("An agency's register: records by key over HTTP on loopback");
  app.add_option("--port", config.port, "Port, 0 for any")->required();
  app.add_option("--data", records, R"(JSON lines {"service","key","value"})")->required();
  app.add_option("--state", state, "File that keeps what is written here")->required();
  app.add_option("--title", config.title, "For the OpenAPI description");
  app.add_option("--writable", writable, "Services that may be written (default: cards, outcomes)");
  app.add_option("--asked", asked, "Services that only answer questions");
  CLI11_PARSE(app, argc, argv);
  config.records = records;
  config.state = state;
  config.asked = {asked.begin(), asked.end()};
  if (!writable.empty()) config.writable = {writable.begin(), writable.end()};

  outside::block_end_signals();
  const auto running = outside::registers::Register::start(std::move(config));
  if (!running) {
    fmt::print(stderr, "register: {}\n", minben::describe(running.error()));
    return 1;
  }
  fmt::print("register: listening on port {}\n", (*running)->port());
  std::fflush(stdout);
  outside::wait_for_end();
}
