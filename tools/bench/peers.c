/*
 * peers.c - how soon launchers replace a forked worker that was killed, ours
 * and those of others side by side.
 *
 * Two events of each: the launcher's fork of the next process, by the kernel's
 * own stamp, and the first line of the service's code in it, by the worker's.
 * nginx has no code of ours: it is compared at the fork, which leaves out what
 * its worker does until it serves. The first stamp is taken in fork(2) itself,
 * so its error is less than a microsecond.
 *
 * Single workers of all launchers live at the same time and are killed in turn;
 * thousands one launcher after another, and those that are soon begun again
 * before each of the others, a part of their kills at a time. What one takes of
 * another is told of such a part alone: minutes in which the machine is busy
 * with something else are then both's.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "peers.h"
#include "session.h"
#include "stats.h"

#define PEERS_KILLS 40U
/* One for each launcher that is not soon begun, nginx and those in Python. */
#define PEERS_PARTS (PEERS - PEER_NGINX)
#define PEERS_PART_KILLS (PEERS_KILLS / PEERS_PARTS)
_Static_assert(PEERS_KILLS % PEERS_PARTS == 0, "no kill is left out");
/* What was started begins to wait, and gunicorn's has booted. */
#define PEERS_SETTLE_NS (3 * NSEC_PER_SEC)
#define PEERS_SPACE_NS (60 * NSEC_PER_MSEC)
#define PEERS_BEGIN_NS (20 * NSEC_PER_SEC)
#define PEERS_LOOK_NS (50 * NSEC_PER_USEC)

/* Ours by theirs, at most. */
#define PEERS_LIMIT_NGINX 1.0
#define PEERS_LIMIT_PYTHON (1.0 / 5)
#define PEERS_LIMIT_BEST (1.0 / 20)

struct peer_state {
	struct peer_run run;
	const char *missing; /* why it is not measured; NULL */
	uint64_t forks_ns[PEERS_KILLS];
	uint64_t begins_ns[PEERS_KILLS]; /* of the service's code */
};

struct peers_table {
	uint32_t workers;
	int watch_fd;
	struct peer_state peers[PEERS];
};

static int peers_await_begin(const struct peer_run *run, uint32_t started,
			     uint64_t *ret_begun_ns)
{
	const struct bench_page *page = run->page;
	uint64_t begin_ns = bench_now_ns();

	while (__atomic_load_n(&page->started, __ATOMIC_SEQ_CST) == started) {
		if (nsec_since(bench_now_ns(), begin_ns) > PEERS_BEGIN_NS)
			return -ETIMEDOUT;
		bench_sleep_ns(PEERS_LOOK_NS);
	}
	*ret_begun_ns = page->slots[page->last_slot].stamp_ns;
	return 0;
}

static int peers_kill(const struct peers_table *table, enum peer peer,
		      struct peer_state *state, uint32_t sample)
{
	struct peer_run *run = &state->run;
	uint32_t victim = sample * 7 % table->workers;
	uint32_t started =
		__atomic_load_n(&run->page->started, __ATOMIC_SEQ_CST);
	uint64_t killed_ns;
	uint64_t forked_ns = 0;
	uint64_t begun_ns = 0;
	pid_t child = 0;
	int r;

	peers_watch_drain(table->watch_fd);
	killed_ns = bench_now_ns();
	if (kill(run->workers[victim], SIGKILL) < 0)
		return -errno;
	r = peers_watch_fork(table->watch_fd, run->pid, &child, &forked_ns);
	if (r == 0 && peer != PEER_NGINX)
		r = peers_await_begin(run, started, &begun_ns);
	if (r < 0)
		return r;
	run->workers[victim] = child;
	state->forks_ns[sample] = nsec_since(forked_ns, killed_ns);
	state->begins_ns[sample] = nsec_since(begun_ns, killed_ns);
	return 0;
}

/* One that does not work here is left out, like one that is not there. */
static void peers_note(struct peer_state *state, int r)
{
	if (r < 0 && !state->missing)
		state->missing = "it broke";
}

/* Launchers, and which of their kills: from the first to before the last. */
struct peers_share {
	int first;
	int last;
	uint32_t sample;
	uint32_t sample_end;
};

static void peers_measure(const struct bench *bench, struct peers_table *table,
			  const struct peers_share *share)
{
	for (int i = share->first; i < share->last; i++)
		if (!table->peers[i].missing)
			peers_note(&table->peers[i],
				   peer_start(bench, (enum peer)i,
					      table->workers,
					      &table->peers[i].run));
	bench_sleep_ns(PEERS_SETTLE_NS);
	for (uint32_t sample = share->sample; sample < share->sample_end;
	     sample++)
		for (int i = share->first; i < share->last; i++) {
			if (table->peers[i].missing)
				continue;
			peers_note(&table->peers[i],
				   peers_kill(table, (enum peer)i,
					      &table->peers[i], sample));
			bench_sleep_ns(PEERS_SPACE_NS);
		}
	for (int i = share->first; i < share->last; i++) {
		peer_end(&table->peers[i].run);
		(void)fprintf(stderr, "bench: peers, %u workers, %s\n",
			      table->workers, peer_names[i]);
	}
}

static void peers_measure_together(const struct bench *bench,
				   struct peers_table *table)
{
	const struct peers_share all = {
		.last = PEERS,
		.sample_end = PEERS_KILLS,
	};

	peers_measure(bench, table, &all);
}

static void peers_measure_in_turn(const struct bench *bench,
				  struct peers_table *table)
{
	for (int i = 0; i < PEERS_PARTS; i++) {
		const struct peers_share rival = {
			.first = PEER_NGINX + i,
			.last = PEER_NGINX + i + 1,
			.sample_end = PEERS_KILLS,
		};
		struct peers_share part = {
			.sample = (uint32_t)i * PEERS_PART_KILLS,
			.sample_end = (uint32_t)(i + 1) * PEERS_PART_KILLS,
		};

		for (; part.first < PEER_NGINX; part.first++) {
			part.last = part.first + 1;
			peers_measure(bench, table, &part);
		}
		if (table->peers[PEER_MUSTER].missing)
			return;
		peers_measure(bench, table, &rival);
	}
}

/* Of a copy, for it is sorted. */
static struct stats peers_stats(const uint64_t *taken, uint32_t count)
{
	uint64_t samples[PEERS_KILLS];

	memcpy(samples, taken, count * sizeof(*samples));
	return stats_of(samples, count);
}

/* The median of one of ours, in the part before the rival. */
static double peers_p50_us(const struct peers_table *table, enum peer peer,
			   enum peer rival)
{
	const struct peer_state *state = &table->peers[peer];
	const uint64_t *taken =
		rival == PEER_NGINX ? state->forks_ns : state->begins_ns;
	uint32_t part = (uint32_t)(rival - PEER_NGINX);

	if (table->workers == 1)
		return peers_stats(taken, PEERS_KILLS).p50_us;
	return peers_stats(taken + part * PEERS_PART_KILLS, PEERS_PART_KILLS)
		.p50_us;
}

/* What one of ours takes of a rival. */
static double peers_ratio(const struct peers_table *table, enum peer peer,
			  enum peer rival)
{
	const struct peer_state *theirs = &table->peers[rival];

	return peers_p50_us(table, peer, rival) /
	       peers_stats(rival == PEER_NGINX ? theirs->forks_ns
					       : theirs->begins_ns,
			   PEERS_KILLS)
		       .p50_us;
}

static void peers_print_peer(struct bench *bench,
			     const struct peers_table *table, enum peer peer)
{
	const struct peer_state *state = &table->peers[peer];
	struct stats forks = peers_stats(state->forks_ns, PEERS_KILLS);
	struct stats begins = peers_stats(state->begins_ns, PEERS_KILLS);
	double ratio = 0;

	printf("%4u  %-13s", table->workers, peer_names[peer]);
	if (state->missing) {
		printf(" skipped: %s\n", state->missing);
		return;
	}
	printf(" %8.1f %8.1f", forks.p50_us, forks.p10_us);
	if (peer == PEER_NGINX)
		printf(" %8s %8s", "-", "-");
	else
		printf(" %8.1f %8.1f", begins.p50_us, begins.p10_us);
	if (peer > PEER_MUSTER) {
		ratio = peers_ratio(table, PEER_MUSTER, peer);
		printf("  %6.1f x", 1 / ratio);
	}
	if (peer == PEER_NGINX && table->workers == 1)
		printf(" >=1 %s", stats_judge(bench, ratio, PEERS_LIMIT_NGINX));
	else if (peer > PEER_NGINX)
		printf(" >=5 %s",
		       stats_judge(bench, ratio, PEERS_LIMIT_PYTHON));
	printf("\n");
}

static void peers_print_best(struct bench *bench,
			     const struct peers_table *table, enum peer best)
{
	double ratio = peers_ratio(table, PEER_MUSTER, best);

	printf("%4u  the best in Python is %.1f x slower >=20 %s",
	       table->workers, 1 / ratio,
	       stats_judge(bench, ratio, PEERS_LIMIT_BEST));
	for (int i = 0; i < PEER_MUSTER; i++)
		if (!table->peers[i].missing)
			printf(", than %s %.1f x", peer_names[i],
			       1 / peers_ratio(table, (enum peer)i, best));
	printf("\n");
}

static void peers_print(struct bench *bench, const struct peers_table *table)
{
	enum peer best = PEER_MUSTER;

	for (int i = 0; i < PEERS; i++) {
		enum peer peer = (enum peer)i;

		peers_print_peer(bench, table, peer);
		if (peer > PEER_NGINX && !table->peers[peer].missing &&
		    (best == PEER_MUSTER ||
		     peers_ratio(table, PEER_MUSTER, peer) >
			     peers_ratio(table, PEER_MUSTER, best)))
			best = peer;
	}
	if (table->workers > 1 && best != PEER_MUSTER)
		peers_print_best(bench, table, best);
}

static int peers_compare(struct bench *bench, int watch_fd, uint32_t workers)
{
	static struct peers_table table;

	table = (struct peers_table){
		.workers = workers,
		.watch_fd = watch_fd,
	};
	for (int i = 0; i < PEERS; i++)
		table.peers[i].missing = peer_missing(bench, (enum peer)i);
	if (workers == 1)
		peers_measure_together(bench, &table);
	else
		peers_measure_in_turn(bench, &table);
	if (table.peers[PEER_MUSTER].missing) {
		printf("peers: muster: %s\n", table.peers[PEER_MUSTER].missing);
		return -EIO;
	}
	peers_print(bench, &table);
	return 0;
}

int peers_run(struct bench *bench)
{
	_cleanup_fd_ int watch_fd = -1;
	int r = peers_watch_open(&watch_fd);

	if (r < 0) {
		printf("peers: skipped, forks are not told of here: errno "
		       "%d\n\n",
		       -r);
		return 0;
	}
	printf("peers: SIGKILL to the launcher's fork of the replacement "
	       "(cn_proc), and to its start(), us\n"
	       "%4s  %-13s %8s %8s %8s %8s  %s\n",
	       "N", "launcher", "fork p50", "p10", "start()", "p10",
	       "muster is faster");
	r = peers_compare(bench, watch_fd, 1);
	if (r == 0)
		r = peers_compare(bench, watch_fd, BENCH_MANY);
	printf("\n");
	return r;
}
