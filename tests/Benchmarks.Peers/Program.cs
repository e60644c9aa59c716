using System.Globalization;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Benchmarks.Load;
using ScheduleZero.Benchmarks.Peers;
using ScheduleZero.Contracts;

// agent PEER … runs jobs of a peer and producer PEER … posts them, with the flags and lines of ScheduleZero's own
// agent and producer. The variable PEER_SERVER says where the peer's server is.
var server = Environment.GetEnvironmentVariable("PEER_SERVER")!;
var flags = new CommandFlags(
    args[2..],
    new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["--slots"] = 1,
        ["--capacity"] = 1,
        ["--jobs"] = 1,
        ["--producers"] = 1,
        ["--rate"] = 1,
        ["--warm-up"] = 1,
        ["--out"] = 1,
    }
);

// Clients that block their threads would otherwise get new ones only twice a second.
ThreadPool.SetMinThreads(32, 32);
await using var peer = Peer.Of(args[1], server);
if (args[0] == "agent")
{
    var log = new StartLog(Number("--slots"));
    await peer.BeginRunningAsync(Number("--capacity"), log.Note);
    await log.ServeAsync(flags.Value("--out")!);
    return;
}

var (jobs, producers, warmUp) = (Number("--jobs"), Number("--producers"), Number("--warm-up"));
var rate = double.Parse(flags.Value("--rate")!, CultureInfo.InvariantCulture);
var posting = new Posting(jobs + warmUp, batch: 1, (number, _) => peer.PostAsync(number));
await peer.ConnectProducerAsync();
await posting.AllAsync(producers, jobs, jobs + warmUp);
Console.WriteLine("READY");
await Console.In.ReadLineAsync();
await (rate > 0 ? posting.SlowlyAsync(jobs, rate) : posting.AllAsync(producers, 0, jobs));
Ticks.Write(flags.Value("--out")!, posting.Begun[..jobs], posting.Answered[..jobs], new long[jobs]);
Console.WriteLine("RESULT");
await Console.In.ReadLineAsync();

int Number(string flag) => int.Parse(flags.Value(flag)!, CultureInfo.InvariantCulture);
