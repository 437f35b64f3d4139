# Installs what is missing, builds, opens the window (Windows 10 or later). Arguments go to the program:
#
#   powershell -ExecutionPolicy Bypass -File scripts\run.ps1 [-Cpu | -GpuPlain] [-BuildOnly] [program's arguments]
#
# $env:ATELIER_FEATURES = "cpu" (or gpu-plain, gpu) chooses the feature set too; a switch wins over it.
[CmdletBinding(PositionalBinding = $false)]
param(
    [switch]$Cpu,
    [switch]$GpuPlain,
    [switch]$BuildOnly,
    [Parameter(ValueFromRemainingArguments = $true)][string[]]$ProgramArguments = @()
)
$ErrorActionPreference = "Stop"
$root = Split-Path -Parent $PSScriptRoot

function Stop-With([string]$message) {
    [Console]::Error.WriteLine("error: $message")
    exit 1
}

function Test-Command([string]$name) { $null -ne (Get-Command $name -ErrorAction SilentlyContinue) }

# winget's exit code is not trusted: what counts is whether the thing is there afterwards.
function Install-Package([string]$id, [string[]]$extra = @()) {
    if (-not (Test-Command winget)) { return }
    Write-Host "Installing $id"
    & winget install --exact --id $id --silent --accept-package-agreements --accept-source-agreements @extra | Out-Host
}

# The linker and the Windows SDK come with Visual Studio's build tools.
function Test-BuildTools {
    $vswhere = Join-Path ${env:ProgramFiles(x86)} "Microsoft Visual Studio\Installer\vswhere.exe"
    if (-not (Test-Path $vswhere)) { return $false }
    $found = & $vswhere -latest -products * -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 -property installationPath
    return [bool]$found
}

if (-not (Test-BuildTools)) {
    Install-Package "Microsoft.VisualStudio.2022.BuildTools" @("--override", "--wait --quiet --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended")
    if (-not (Test-BuildTools)) {
        Stop-With "the Visual Studio build tools (Desktop development with C++) are missing: https://visualstudio.microsoft.com/downloads"
    }
}

$cargoHome = if ($env:CARGO_HOME) { $env:CARGO_HOME } else { Join-Path $env:USERPROFILE ".cargo" }
$env:PATH = "$(Join-Path $cargoHome 'bin');$env:PATH"
if (-not (Test-Command rustup)) {
    Install-Package "Rustlang.Rustup"
    if (-not (Test-Command rustup)) { Stop-With "rustup is missing: https://rustup.rs" }
}
$channel = [regex]::Match((Get-Content -Raw (Join-Path $root "rust-toolchain.toml")), 'channel\s*=\s*"([^"]+)"').Groups[1].Value
# Told through cmd: Windows PowerShell takes a program's stderr for an error of its own.
& cmd /c "rustup run $channel cargo --version >nul 2>nul"
if ($LASTEXITCODE -ne 0) {
    & cmd /c "rustup toolchain install $channel --profile minimal -c rustfmt -c clippy"
    if ($LASTEXITCODE -ne 0) { Stop-With "Rust $channel could not be installed (no network?)" }
}

$features = if ($Cpu) { "cpu" } elseif ($GpuPlain) { "gpu-plain" } elseif ($env:ATELIER_FEATURES) { $env:ATELIER_FEATURES } else { "gpu" }
if ($features -notin @("cpu", "gpu-plain", "gpu")) { Stop-With "ATELIER_FEATURES is '$features': use gpu, gpu-plain or cpu" }

$target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { Join-Path $root "target" }
$program = Join-Path $target "release\latent-atelier.exe"
# Each feature set compiles dependencies of its own.
$built = Join-Path $target "release\.built-$features"
if (-not (Test-Path $built)) { Write-Host "First build ($features): this takes a while, see README.md; later ones take seconds." }
Push-Location $root
try {
    & cmd /c "cargo build --release --locked --bin latent-atelier --no-default-features --features $features"
    if ($LASTEXITCODE -ne 0) { Stop-With "the build failed" }
    New-Item -ItemType File -Force $built | Out-Null
} finally {
    Pop-Location
}
if (-not $BuildOnly) {
    & $program @ProgramArguments
    exit $LASTEXITCODE
}
